// The TEXT of a command: an argument, or standard input where it is "-".

import { AppError } from "../base/index.ts";
import { ArgumentError } from "./failure.ts";
import { say, type Terminal } from "./terminal.ts";

/** More cannot be a text that is to be filled; the model's own limit is far lower. */
const BYTES_MAX = 1_048_576;

export interface TextArgument {
  readonly text: string;
  /** Whether what is wrong with it is seen from the arguments alone. */
  readonly isArgument: boolean;
}

/**
 * The text that an argument stands for; one line end at the end of standard input is not part of
 * it.
 *
 * @throws AppError `bad_encoding` for broken UTF-8, `text_too_long` for more than a megabyte.
 */
export async function readTextArgument(
  argument: string,
  terminal: Terminal,
): Promise<TextArgument> {
  if (argument !== "-") {
    // Node has put this character where the bytes of the argument were no UTF-8.
    if (!argument.includes("\ufffd")) return { text: argument, isArgument: true };
    throw new ArgumentError("bad_encoding", "TEXT is not valid UTF-8; give it as UTF-8.");
  }
  if (terminal.stdin.isTTY === true) say(terminal, "Reading the text; end it with Ctrl-D.");
  const bytes = await readAll(terminal.stdin);
  return { text: decode(bytes).replace(/\r?\n$/, ""), isArgument: false };
}

async function readAll(stdin: Terminal["stdin"]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.length;
    if (size > BYTES_MAX) {
      throw new AppError("text_too_long", `Standard input has more than ${BYTES_MAX} bytes.`, {
        details: { limitBytes: BYTES_MAX },
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const message = "Standard input is not valid UTF-8; give the text as UTF-8.";
    throw new AppError("bad_encoding", message, { cause });
  }
}
