import { expect, it } from "vitest";
import { RequestFailed } from "../api/failure.ts";
import { createSuiteSession, proposedName, type SuiteServer } from "./suite-session.ts";

const OWN = { name: "合同", kind: "own", count: 2, sha256: "a" } as const;
const answer = (...suites: (typeof OWN)[]) => ({ model: "m", suites });
const failure = { kind: "refused", message: "合同, row 2: answer is missing" } as const;
const file = new Blob(['{"text":"___","answer":"好"}']);

function sessionWith(changes: Partial<SuiteServer> = {}) {
  const asked: unknown[] = [];
  const session = createSuiteSession("m", {
    list: async () => answer(),
    add: async (request) => {
      asked.push(request);
      return answer(OWN);
    },
    remove: async (...removed) => {
      asked.push(removed);
      return answer();
    },
    ...changes,
  });
  return { session, asked };
}

it("adds what a file holds, shows it, and removes it again", async () => {
  const { session, asked } = sessionWith();
  await session.load();
  expect(session.state()).toMatchObject({ suites: [], isActing: false });
  expect(await session.add("合同", file)).toBe(true);
  expect(session.state()).toMatchObject({
    suites: [OWN],
    isActing: false,
    outcome: { kind: "added", name: "合同" },
  });
  await session.remove("合同");
  expect(session.state()).toMatchObject({ suites: [], outcome: { kind: "removed" } });
  const text = '{"text":"___","answer":"好"}';
  expect(asked).toEqual([{ model: "m", name: "合同", text }, ["m", "合同"]]);
});

it("keeps what it showed when something is refused, and says why", async () => {
  const refuse = () => Promise.reject(new RequestFailed(failure));
  const { session } = sessionWith({ add: refuse, list: async () => answer(OWN) });
  await session.load();
  expect(await session.add("合同", file)).toBe(false);
  expect(session.state()).toEqual({
    suites: [OWN],
    isActing: false,
    outcome: { kind: "failed", failure },
  });
});

it("sends nothing of a file that is not UTF-8", async () => {
  const { session, asked } = sessionWith();
  expect(await session.add("x", new Blob([new Uint8Array([0xff, 0xfe])]))).toBe(false);
  expect(session.state().outcome).toEqual({ kind: "unreadable" });
  expect(asked).toEqual([]);
});

it("says why the list could not be had, until it can", async () => {
  let isDown = true;
  const list = async () => {
    if (isDown) throw new RequestFailed({ kind: "unreachable" });
    return answer(OWN);
  };
  const { session } = sessionWith({ list });
  await session.load();
  expect(session.state().failure).toEqual({ kind: "unreachable" });
  isDown = false;
  await session.load();
  expect(session.state()).toMatchObject({ suites: [OWN], failure: undefined });
});

it("shows of two lists the one asked for later, and none once it is closed", async () => {
  const give: ((given: ReturnType<typeof answer>) => void)[] = [];
  const list = () => new Promise<ReturnType<typeof answer>>((resolve) => give.push(resolve));
  const { session } = sessionWith({ list });
  const loads = [session.load(), session.load()];
  give[1]!(answer(OWN));
  give[0]!(answer());
  await Promise.all(loads);
  expect(session.state().suites).toEqual([OWN]);
  const last = session.load();
  session.close();
  give[2]!(answer());
  await last;
  expect(session.state().suites).toEqual([OWN]);
});

it.each([
  ["合同.jsonl", "合同"],
  [`${"a".repeat(60)}.jsonl`, "a".repeat(40)],
  [`${"𠮷".repeat(60)}.jsonl`, "𠮷".repeat(40)],
  ["我的 题集（新）.JSONL", "我的-题集-新-"],
  ["-(1) a_b.c.jsonl", "1-a_b.c"],
  ["!.jsonl", ""],
])("proposes for the file %s the name %j, which the server takes", (fileName, name) => {
  expect(proposedName(fileName)).toBe(name);
});
