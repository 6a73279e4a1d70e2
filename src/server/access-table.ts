// Who may ask what: every address of the server with the role that it needs. Writes that operate
// the installation also have the name that the audit log gives them.

import type { KeyRole } from "../registry/index.ts";

export interface Access {
  /** undefined: anybody, also without a key. */
  readonly role: KeyRole | undefined;
  /** What the audit log calls it; undefined for what is not audited. */
  readonly action: string | undefined;
}

const anybody: Access = { role: undefined, action: undefined };
const use: Access = { role: "use", action: undefined };
const judge: Access = { role: "feedback", action: undefined };
const look: Access = { role: "operate", action: undefined };
const act = (action: string): Access => ({ role: "operate", action });

/** What is forgotten in the table is for operators. */
const FORGOTTEN = look;

export const ACCESS: Readonly<Record<string, Access>> = {
  "GET /": anybody,
  "GET /*": anybody,
  "GET /healthz": anybody,
  "GET /readyz": anybody,
  "GET /openapi.json": anybody,
  "GET /metrics": use,
  "POST /api/fill": use,
  "POST /": use,
  "POST /models/:id": use,
  "POST /models/:id/pipeline/fill-mask": use,
  "GET /api/models": use,
  "POST /api/feedback": judge,
  "GET /api/feedback": look,
  "GET /api/feedback/questions": look,
  "GET /api/feedback/waiting": look,
  "GET /api/feedback/:id": look,
  "POST /api/feedback/import": act("feedback.import"),
  "POST /api/feedback/review": act("feedback.review"),
  "POST /api/feedback/delete-user": act("feedback.delete"),
  "DELETE /api/feedback/:id": act("feedback.delete"),
  "GET /api/training-runs": look,
  "GET /api/training-runs/:id": look,
  "POST /api/training-runs": act("training.start"),
  "POST /api/training-runs/:id/stop": act("training.stop"),
  "POST /api/training-runs/:id/resume": act("training.resume"),
  "GET /api/deployments": look,
  "GET /api/deployments/:model/forecast": look,
  "POST /api/deployments": act("release.begin"),
  "POST /api/deployments/:model/promote": act("release.promote"),
  "POST /api/deployments/:model/pause": act("release.pause"),
  "POST /api/deployments/:model/resume": act("release.resume"),
  "POST /api/deployments/:model/rollback": act("release.rollback"),
  "GET /api/versions": use,
  "GET /api/versions/:id/archive": use,
  "POST /api/versions/:id/note": act("version.note"),
  "POST /api/versions/:id/stable": act("version.stable"),
  "GET /api/probe-runs": look,
  "POST /api/probe-runs": act("probes.start"),
  "GET /api/suites": look,
  "POST /api/suites": act("suite.add"),
  "DELETE /api/suites/:name": act("suite.remove"),
  "GET /api/schedule": look,
  "GET /api/disk": look,
  "GET /api/events": look,
  "GET /api/audit": look,
};

/** What a route needs; `url` as the route was registered, as in "/models/:id". */
export function accessTo(method: string, url: string): Access {
  return ACCESS[`${method === "HEAD" ? "GET" : method} ${url}`] ?? FORGOTTEN;
}
