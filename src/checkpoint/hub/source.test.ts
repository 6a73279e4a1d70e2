import { describe, expect, it } from "vitest";
import { isAllowed } from "./request.ts";
import { fileUrl, parseHubSource } from "./source.ts";

describe("parseHubSource", () => {
  it("reads models of both hubs, with a revision or the newest", () => {
    expect(parseHubSource("hf:google-bert/bert-base-chinese")).toEqual({
      hub: "hf",
      repo: "google-bert/bert-base-chinese",
      revision: "main",
    });
    expect(parseHubSource("hf:gpt2@refs/pr/1")).toMatchObject({ revision: "refs/pr/1" });
    expect(parseHubSource("modelscope:a/b")).toMatchObject({ revision: "master" });
  });

  it("leaves everything else to others", () => {
    expect(["./hf", "file:/x", "HF:a/b", "http://x"].map(parseHubSource)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    "hf:",
    "hf:a/b/c",
    "hf:../b",
    "hf:a/..",
    "hf:a/b..c",
    "hf:a b",
    "hf:a/b?x",
    "hf:a/b#x",
    "hf:a/b@",
    "hf:a/b@x@y",
    "hf:a/b@../../c",
    "hf:a/b\n",
    "hf://evil.example/a",
    "modelscope:b",
  ])("refuses %j", (text) => {
    expect(() => parseHubSource(text)).toThrow(/expected (hf|modelscope):OWNER\/NAME/);
  });
});

describe("fileUrl", () => {
  it("stays on the mirror and keeps a revision in one step", () => {
    const source = { hub: "hf", repo: "a/b", revision: "refs/pr/1" } as const;
    expect(fileUrl(source, "https://mirror.example/hub/", "config.json").href).toBe(
      "https://mirror.example/hub/a/b/resolve/refs%2Fpr%2F1/config.json",
    );
    const other = { hub: "modelscope", repo: "a/b", revision: "master" } as const;
    expect(fileUrl(other, "https://modelscope.cn", "vocab.txt").href).toBe(
      "https://modelscope.cn/models/a/b/resolve/master/vocab.txt",
    );
  });
});

describe("isAllowed", () => {
  const access = { mirror: "http://127.0.0.1:9000", redirectHosts: ["hf.co"] };
  const allows = (url: string): boolean => isAllowed(new URL(url), access);

  it("lets a hub send on within itself and to allowed hosts over https", () => {
    expect(allows("http://127.0.0.1:9000/other")).toBe(true);
    expect(allows("https://hf.co/x")).toBe(true);
    expect(allows("https://cas-bridge.xethub.hf.co/x?sig=1")).toBe(true);
  });

  it.each([
    "http://127.0.0.1:9001/",
    "http://localhost:9000/",
    "http://hf.co/",
    "https://hf.co:8443/",
    "https://evilhf.co/",
    "https://hf.co.evil.example/",
    "https://user:pass@hf.co/",
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
  ])("refuses %s", (url) => {
    expect(allows(url)).toBe(false);
  });
});
