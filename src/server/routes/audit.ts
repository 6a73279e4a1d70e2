// GET /api/audit.

import { AUDIT_ENTRIES_MAX, AuditQuery, AuditResponse, ErrorResponse } from "../../wire/index.ts";
import type { HttpServer, RouteContext } from "../context.ts";
import { wholeNumber } from "../query.ts";

const LIMIT = 50;
const ID_MAX = 999_999_999;

export function addAuditRoute(app: HttpServer, { audit }: RouteContext): void {
  app.get(
    "/api/audit",
    {
      schema: {
        summary: "Who changed what, the newest first",
        querystring: AuditQuery,
        response: { 200: AuditResponse, default: ErrorResponse },
      },
    },
    async ({ query }): Promise<AuditResponse> => {
      const { actor, action } = query;
      const limit = wholeNumber("limit", query.limit, [1, AUDIT_ENTRIES_MAX]) ?? LIMIT;
      const before = wholeNumber("before", query.before, [1, ID_MAX]);
      return { entries: [...(await audit.list({ actor, action, before, limit }))] };
    },
  );
}
