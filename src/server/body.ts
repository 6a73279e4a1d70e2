// Request bodies: JSON in UTF-8 and nothing else. Bytes that are not UTF-8 are refused instead of
// being replaced, since a replaced character would be answered as if somebody had written it.

import type { FastifyRequest } from "fastify";
import { AppError, messageOf } from "../base/index.ts";
import type { HttpServer } from "./context.ts";

/** Replaces the framework's parsers; other content types are answered with 415. */
export function addJsonParser(app: HttpServer): void {
  app.removeAllContentTypeParsers();
  const parse = async (request: FastifyRequest, body: Buffer): Promise<unknown> => {
    requireUncompressed(request.headers["content-encoding"]);
    // Clients that always say JSON also say it where nothing is wanted.
    const isWanted = request.routeOptions.schema?.body !== undefined;
    return body.length === 0 && !isWanted ? undefined : parseJson(body);
  };
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, parse);
}

/** Compressed bodies are not read: a small one can hold gigabytes. */
function requireUncompressed(encoding: string | undefined): void {
  if (encoding === undefined || encoding.toLowerCase() === "identity") return;
  throw new AppError(
    "unsupported_media_type",
    `The body has the header content-encoding: ${encoding}; send it uncompressed.`,
  );
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) {
    throw new AppError("invalid_input", "The body is empty; expected a JSON object.");
  }
  const text = decode(body);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError(
      "invalid_input",
      `The body is not JSON: ${withoutExcerpt(messageOf(error))}.`,
      { cause: error },
    );
  }
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (error) {
    throw new AppError(
      "bad_encoding",
      "The body is not UTF-8. Encode the text as UTF-8, or write it with \\u escapes.",
      { cause: error },
    );
  }
}

/** Without the piece of the body that newer engines quote. */
function withoutExcerpt(message: string): string {
  return message.replace(/, "?\.{0,3}"?[\s\S]*$/, "").replace(/\.$/, "");
}
