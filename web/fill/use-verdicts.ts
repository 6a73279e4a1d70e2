// Verdicts on one answer, sent to the server that gave it.

import { useState, useSyncExternalStore } from "react";
import { postFeedback } from "../api/client.ts";
import { userKey } from "../frame/user-key.ts";
import { createVerdictStore, type VerdictStore, type Verdicts } from "./verdict-store.ts";

export interface VerdictsOnAnswer {
  readonly verdicts: Verdicts;
  readonly say: VerdictStore["say"];
}

export function useVerdicts(predictionId: string): VerdictsOnAnswer {
  const [store] = useState(() =>
    createVerdictStore(({ blank, candidate, verdict, answer }) =>
      postFeedback({
        predictionId,
        blank,
        candidate,
        verdict,
        userKey: userKey(),
        ...(answer === undefined ? {} : { answer }),
      }),
    ),
  );
  return { verdicts: useSyncExternalStore(store.subscribe, store.state), say: store.say };
}
