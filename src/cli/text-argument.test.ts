import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { fakeTerminal } from "../../test/helpers/fake-terminal.ts";
import { readTextArgument } from "./text-argument.ts";

describe("readTextArgument", () => {
  const fromStdin = async (bytes: Uint8Array | string): Promise<string> => {
    const stdin = Readable.from([Buffer.from(bytes)]);
    return (await readTextArgument("-", fakeTerminal({ stdin }).terminal)).text;
  };

  it("takes an argument as it is", async () => {
    const { terminal } = fakeTerminal();
    expect(await readTextArgument("画龙点[MASK] \n", terminal)).toEqual({
      text: "画龙点[MASK] \n",
      isArgument: true,
    });
  });

  it("reads standard input without the line end that closes it", async () => {
    expect(await fromStdin("一行\n")).toBe("一行");
    expect(await fromStdin("一行\r\n")).toBe("一行");
    expect(await fromStdin("两\n行\n\n")).toBe("两\n行\n");
    expect(await fromStdin("")).toBe("");
  });

  it("refuses broken UTF-8 wherever it comes from", async () => {
    await expect(fromStdin(Uint8Array.of(0xe5, 0xb2))).rejects.toMatchObject({
      code: "bad_encoding",
    });
    const { terminal } = fakeTerminal();
    await expect(readTextArgument("a\ufffd[MASK]", terminal)).rejects.toMatchObject({
      code: "bad_encoding",
    });
  });

  it("stops reading at a megabyte", async () => {
    const stdin = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(65_536, "a");
      })(),
    );
    await expect(readTextArgument("-", fakeTerminal({ stdin }).terminal)).rejects.toMatchObject({
      code: "text_too_long",
    });
  });
});
