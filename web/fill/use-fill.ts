// The state of the Fill room: what stands in the field, what the server said to it.

import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { postFill } from "../api/client.ts";
import { serverStatus } from "../frame/status-store.ts";
import { userKey } from "../frame/user-key.ts";
import { parseTargets, problemOf, type TextProblem } from "./blanks.ts";
import { FIRST_EXAMPLE } from "./examples.ts";
import { replyOf, requestOf } from "./exchange.ts";
import {
  createFillSession,
  type FillState,
  type Pace,
  type Question,
  type Reply,
} from "./fill-session.ts";

/** The fields of the room, as typed. */
export interface Draft {
  readonly text: string;
  readonly length: 1 | "auto";
  /** The words to choose among, as typed; empty: any. */
  readonly targets: string;
}

export interface Fill {
  readonly draft: Draft;
  readonly problem: TextProblem | undefined;
  readonly state: FillState;
  readonly change: (next: Partial<Draft>, pace: Pace) => void;
  readonly retry: () => void;
}

/** What stands in the field; it is still there for whoever comes back from another room. */
let kept: Draft = { text: FIRST_EXAMPLE.text, length: "auto", targets: "" };

export function useFill(): Fill {
  const [session] = useState(() => createFillSession({ send }));
  const [draft, setDraft] = useState(kept);
  const latest = useRef(draft);
  const state = useSyncExternalStore(session.subscribe, session.state);
  useTellingStatus(state);

  const change = useCallback(
    (next: Partial<Draft>, pace: Pace) => {
      latest.current = { ...latest.current, ...next };
      kept = latest.current;
      setDraft(latest.current);
      if (problemOf(latest.current.text) === undefined) {
        session.ask(questionOf(latest.current), pace);
      } else {
        session.rest();
      }
    },
    [session],
  );
  useEffect(() => {
    change({}, "now");
    return session.rest;
  }, [change, session]);

  return { draft, problem: problemOf(draft.text), state, change, retry: session.retry };
}

function questionOf({ text, length, targets }: Draft): Question {
  return { text, length, targets: parseTargets(targets) };
}

/** With the person's key, so that what was asked goes too when all of theirs is deleted. */
async function send(question: Question, signal: AbortSignal): Promise<Reply> {
  return replyOf(await postFill({ ...requestOf(question), userKey: userKey() }, signal));
}

/** The frame shows who answers and whether anybody does. */
function useTellingStatus({ answer, failure }: FillState): void {
  useEffect(() => {
    if (failure !== undefined) serverStatus.failed(failure.kind);
    else if (answer !== undefined) serverStatus.answeredBy(answer);
  }, [answer, failure]);
}
