// The text of a file that a person chose.

/** Undefined for what is not UTF-8, or has gone since it was chosen. */
export async function textOf(file: Pick<Blob, "arrayBuffer">): Promise<string | undefined> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    return undefined;
  }
}
