// Which samples a command is about: the options that all of them share.

import { Option, type Command } from "commander";
import type { SampleQuery } from "../registry/index.ts";
import {
  HOLD_REASONS,
  SAMPLE_SOURCES,
  SAMPLE_STATES,
  type HoldReason,
  type SampleSource,
  type SampleState,
} from "../wire/index.ts";
import { modelId } from "./arguments.ts";
import { optionParser } from "./failure.ts";

export interface FilterOptions {
  readonly state?: SampleState;
  readonly hold?: HoldReason;
  readonly source?: SampleSource;
  readonly domain?: string;
  readonly model?: string;
  readonly search?: string;
  readonly unanswered?: boolean;
  readonly doubted?: boolean;
}

export function addFilters(command: Command): Command {
  return command
    .addOption(new Option("--state <state>", "only those in this state").choices(SAMPLE_STATES))
    .addOption(
      new Option("--hold <reason>", "only those held for this reason").choices(HOLD_REASONS),
    )
    .addOption(new Option("--source <source>", "only those from there").choices(SAMPLE_SOURCES))
    .option("--domain <domain>", "only those of this domain")
    .option("--model <id>", "only those of this model", optionParser(modelId))
    .option("--search <text>", "only those with this in their text")
    .option("--unanswered", "only those without a right word")
    .option("--doubted", "only those that the last training doubted, held or learned");
}

/** What was asked for, as the registry is asked. */
export function filterOf(options: FilterOptions): SampleQuery {
  const { state, unanswered, doubted, hold, source, domain, model, search } = options;
  return {
    states: state === undefined ? undefined : [state],
    isAnswered: unanswered === true ? false : undefined,
    isDoubted: doubted === true || undefined,
    hold,
    source,
    domain,
    model,
    search,
  };
}
