// What a command may touch of the outside world, so that tests can hold all of it.

/** Stands for process.stdout, stderr, stdin, env and signals. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean | undefined };
  /** Where results go. */
  out(text: string): void;
  /** Where everything else goes: progress, warnings, errors. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean | undefined };
  /** Calls back on Ctrl-C and when asked to end; the result takes that back. */
  onInterrupt(callback: () => void): () => void;
}

/** Says something to the person at the terminal; what strangers wrote cannot steer it. */
export function say(terminal: Terminal, text: string): void {
  terminal.stderr.write(`${printable(text)}\n`);
}

/** Control characters, which move cursors and change colours, shown as what they are not. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are the point
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\ufffd");
}
