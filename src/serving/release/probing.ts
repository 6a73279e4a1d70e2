// Asking versions what nobody asked, to compare both arms in low traffic.

import { AppError, required, type Clock } from "../../base/index.ts";
import type { ResolvedVersion } from "../../registry/index.ts";
import { TYPICAL_INPUTS } from "../../tasks/fill-mask/index.ts";
import type { Fleet } from "../fleet.ts";
import type { Observation } from "./evidence.ts";
import type { Arm } from "./route.ts";

const DEADLINE_MS = 30_000;

type Probe = Pick<Observation, "isError" | "ms">;

/** The same text to both arms; undefined when one has no time for it, or has ended meanwhile. */
export async function askBoth(
  fleet: Fleet,
  arms: Readonly<Record<Arm, ResolvedVersion>>,
  { turn, clock }: { readonly turn: number; readonly clock: Clock },
): Promise<Readonly<Record<Arm, Probe>> | undefined> {
  const input = required(TYPICAL_INPUTS[turn % TYPICAL_INPUTS.length], "a typical text");
  const ask = async (arm: Arm): Promise<Probe | undefined> => {
    const startMs = clock.monotonicMs();
    const live = fleet.find(arms[arm]);
    if (live === undefined) return undefined;
    try {
      const [result] = await live.submit([input], { deadlineMs: DEADLINE_MS, isFailFast: true });
      return { isError: result instanceof AppError, ms: clock.monotonicMs() - startMs };
    } catch (error) {
      if (error instanceof AppError && error.code === "busy") return undefined;
      return { isError: true, ms: clock.monotonicMs() - startMs };
    }
  };
  // In turns, so that neither arm always comes second.
  const order = turn % 2 === 0 ? (["stable", "canary"] as const) : (["canary", "stable"] as const);
  const first = await ask(order[0]);
  const second = await ask(order[1]);
  if (first === undefined || second === undefined) return undefined;
  return order[0] === "stable"
    ? { stable: first, canary: second }
    : { stable: second, canary: first };
}
