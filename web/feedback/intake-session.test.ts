import { expect, it } from "vitest";
import type { ImportRequest, ImportResponse } from "../../src/wire/index.ts";
import { RequestFailed } from "../api/failure.ts";
import { createIntakeSession, type IntakeServer } from "./intake-session.ts";

const IMPORTED: ImportResponse = {
  model: "starter-cloze",
  kind: "terms",
  read: 9,
  added: 8,
  merged: 0,
  held: 0,
  blocked: [{ row: 2, reason: "broken" }],
  replaced: { mobile: 1 },
};
const DELETED = { samples: 1, predictions: 2, changed: 0, learnedBy: [], runs: [] };
const bytes = (...values: number[]) => ({
  name: "a.csv",
  arrayBuffer: async () => new Uint8Array(values).buffer,
});

function serverWith(changes: Partial<IntakeServer> = {}) {
  const requests: ImportRequest[] = [];
  const server: IntakeServer = {
    models: async () => ({
      models: [
        {
          id: "starter-cloze",
          kind: "fill-mask",
          stable: "1",
          versions: [],
          createdAt: "2026-01-01T00:00:00.000Z",
          aliases: [],
        },
      ],
    }),
    add: async (request) => {
      requests.push(request);
      return IMPORTED;
    },
    deleteUser: async () => DELETED,
    ...changes,
  };
  return { requests, session: createIntakeSession(server) };
}

it("sends the text of a file with its name, its kind and the model, and keeps the counts", async () => {
  const { requests, session } = serverWith();
  expect(await session.add(bytes(97), undefined)).toBe(true);
  await session.load();
  await session.add(bytes(97), "style");
  expect(requests).toEqual([
    { name: "a.csv", text: "a" },
    { name: "a.csv", text: "a", kind: "style", model: "starter-cloze" },
  ]);
  expect(session.state()).toMatchObject({
    isActing: false,
    outcome: { kind: "imported", result: IMPORTED },
  });
});

it("sends nothing of a file that is not UTF-8", async () => {
  const { requests, session } = serverWith();
  expect(await session.add(bytes(0xff, 0xfe), "samples")).toBe(false);
  expect([requests, session.state().outcome]).toEqual([[], { kind: "unreadable" }]);
});

it("says what was deleted, and why something was not done", async () => {
  const { session } = serverWith();
  await session.deleteUser("ann");
  expect(session.state().outcome).toEqual({ kind: "deleted", result: DELETED });
  const failure = { kind: "refused", message: "row 2: no blank" } as const;
  const refusing = serverWith({ add: () => Promise.reject(new RequestFailed(failure)) }).session;
  expect(await refusing.add(bytes(97), "samples")).toBe(false);
  expect(refusing.state()).toMatchObject({ isActing: false, outcome: { kind: "failed", failure } });
});
