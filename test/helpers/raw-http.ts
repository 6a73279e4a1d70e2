// HTTP as bytes, for what no well-behaved client sends.

import { connect } from "node:net";

/** Sends `bytes` and gives everything that comes back until the server closes. */
export async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const received: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    socket.on("close", () => resolve(Buffer.concat(received).toString("utf8")));
    socket.on("error", reject);
  });
}
