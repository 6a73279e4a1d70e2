// An imported sample → what is filed of it: one statement for each of its words, without personal
// data.

import { createHash } from "node:crypto";
import { ORIGIN_IMPORT, type Statement } from "../../registry/index.ts";
import type { SampleSource } from "../../wire/index.ts";
import { canonicalText } from "../sample-text.ts";
import type { Scrubber } from "../scrub/scrubber.ts";
import { scrubbedContent } from "../scrubbed-content.ts";
import type { ImportedSample } from "./rows.ts";

export interface Importer {
  readonly model: string;
  readonly source: SampleSource;
  /** A hash, or nobody's. */
  readonly user: string;
  readonly scrubber: Scrubber;
  /** ISO 8601, UTC; `receivedAt` is that of the file. */
  readonly at: string;
  readonly receivedAt: string;
}

/** Throws as the scrubber does; the sample must not be stored then. */
export function importStatements(row: ImportedSample, importer: Importer): Statement[] {
  const { model, source, user, scrubber, at, receivedAt } = importer;
  const content = scrubbedContent({ ...row, text: canonicalText(row.text) }, scrubber);
  const { text, answers, rejected, domain } = content;
  const key = createHash("sha256").update(`${model}\n${text}`).digest("hex");
  const origin = `${ORIGIN_IMPORT}:${key.slice(0, 32)}`;
  return [...answers, ...rejected].map((candidate, i) => ({
    model,
    text,
    domain,
    source,
    receivedAt,
    opinion: {
      origin,
      blank: 0,
      candidate,
      user,
      verdict: i < answers.length ? "accept" : "reject",
      answer: null,
      best: null,
      bestScore: null,
      at,
    },
  }));
}
