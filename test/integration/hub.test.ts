// `models add hf:…` against a hub on this machine: whole files, broken connections, wrong answers.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  openHuggingFaceDirectory,
  readOnnxModel,
  writeOnnxModel,
} from "../../src/checkpoint/index.ts";
import { exportOnnx } from "../../src/models/index.ts";
import { encodeModel, type Node, type TensorLiteral } from "../../src/onnx/index.ts";
import { callCli, documentOf, writeTinyModel } from "../helpers/run-cli.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-hub-"));
const published = path.join(folder, "published");
const data = path.join(folder, "data");

interface Hub {
  /** Bytes of model.safetensors after which the connection breaks, for each request in turn. */
  breaks: number[];
  /** Overrides the answer to a path that ends so. */
  answers: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
  requests: { path: string; range: string | undefined }[];
}

const hub: Hub = { breaks: [], answers: new Map(), requests: [] };
let server: Server;
let mirror: string;

beforeAll(async () => {
  writeTinyModel(published);
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  hub.breaks = [];
  hub.answers.clear();
  hub.requests = [];
  rmSync(data, { recursive: true, force: true });
});

/** Serves /owner/name/resolve/main/FILE with ranges and entity tags, as the hub does. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://hub");
  const range = request.headers.range;
  hub.requests.push({ path: url.pathname, range });
  for (const [ending, special] of hub.answers) {
    if (url.pathname.endsWith(ending)) {
      special(request, response);
      return;
    }
  }
  const [, name] = /^\/owner\/name\/resolve\/main\/([\w.-]+)$/.exec(url.pathname) ?? [];
  const file = path.join(published, name ?? "absent");
  if (name === undefined || !existsSync(file)) {
    response.writeHead(404).end("Entry not found");
    return;
  }
  const bytes = readFileSync(file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const headers = { etag: `"${sha256.slice(0, 8)}"`, "x-linked-etag": `"${sha256}"` };
  const rest = bytes.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, { ...headers, "content-length": rest.length });
  const limit = name === "model.safetensors" ? hub.breaks.shift() : undefined;
  if (limit === undefined) response.end(rest);
  else response.write(rest.subarray(0, limit), () => setTimeout(() => response.destroy(), 50));
}

async function add(...more: string[]): ReturnType<typeof callCli> {
  const args = ["models", "add", "hf:owner/name", "--data", data, "--models-mirror", mirror];
  return callCli([...args, "--json", ...more]);
}

async function expectFailure(code: string, says: RegExp, ...more: string[]): Promise<void> {
  const result = await add(...more);
  expect(result.code).toBe(1);
  const { error } = documentOf(result) as { error: { code: string; message: string } };
  expect(error.message).toMatch(says);
  expect(error.code).toBe(code);
  const { models } = documentOf(await callCli(["models", "list", "--data", data, "--json"]));
  expect((models as { id: string }[]).map(({ id }) => id)).not.toContain("name");
}

describe("models add hf:OWNER/NAME", () => {
  it("fetches what a model needs, tells the hashes, and keeps no second copy", async () => {
    const result = await add();
    expect(result).toMatchObject({ code: 0 });
    const { models, files } = documentOf(result) as {
      models: object[];
      files: { name: string; sha256: string; sizeBytes: number }[];
    };
    expect(models).toMatchObject([{ id: "name", stable: "1" }]);
    expect(files.map(({ name }) => name)).toEqual([
      "config.json",
      "vocab.txt",
      "tokenizer_config.json",
      "model.safetensors",
    ]);
    const weights = readFileSync(path.join(published, "model.safetensors"));
    expect(files.at(-1)).toMatchObject({
      sha256: createHash("sha256").update(weights).digest("hex"),
      sizeBytes: weights.length,
    });
    expect(readdirSync(path.join(data, "downloads"))).toEqual([]);
    expect(result.stderr).toContain("fetching owner/name");
  });

  it("goes on where a connection broke", async () => {
    hub.breaks = [100_000, 50_000];
    expect(await add("--id", "broken-twice")).toMatchObject({ code: 0 });
    const ranges = hub.requests
      .filter(({ path: file }) => file.endsWith("model.safetensors"))
      .map(({ range }) => range);
    expect(ranges).toEqual([undefined, "bytes=100000-", "bytes=150000-"]);
  });

  it("goes on in the next run of the command, too, without fetching what is whole", async () => {
    hub.breaks = [1000, 0, 0, 0];
    await expectFailure("unavailable", /cannot be reached/);
    hub.breaks = [];
    hub.requests = [];
    expect(await add()).toMatchObject({ code: 0 });
    const fetched = hub.requests.map(({ path: file }) => path.basename(file));
    expect(fetched).not.toContain("config.json");
    expect(hub.requests.at(-1)).toMatchObject({ range: "bytes=1000-" });
  });

  it("begins anew when the file has changed meanwhile", async () => {
    hub.breaks = [1000, 0, 0, 0];
    await expectFailure("unavailable", /cannot be reached/);
    const bytes = readFileSync(path.join(published, "model.safetensors"));
    hub.answers.set("model.safetensors", (_request, response) => {
      // As a server answers a range whose If-Range does not hold: with everything.
      response.writeHead(200, { etag: '"new"', "content-length": bytes.length }).end(bytes);
    });
    expect(await add()).toMatchObject({ code: 0 });
  });

  it("refuses a file that is not what the hub says it is", async () => {
    hub.answers.set("model.safetensors", (_request, response) => {
      const headers = { "content-length": 5, "x-linked-etag": `"${"0".repeat(64)}"` };
      response.writeHead(200, headers).end("bytes");
    });
    await expectFailure("damaged_file", /has SHA-256 [0-9a-f]{64}, but the hub says 0{64}/);
  });

  it("refuses weights beyond the limit, announced or not", async () => {
    await expectFailure(
      "damaged_file",
      /larger than 1000 bytes/,
      "--models-max-download-bytes",
      "1000",
    );
    hub.answers.set("config.json", (_request, response) => {
      const endless = (): void => {
        while (response.write("x".repeat(65_536)));
        response.once("drain", endless);
      };
      response.writeHead(200);
      endless();
    });
    await expectFailure("damaged_file", /larger than 10000000 bytes/);
  });

  it("goes only to the mirror and the hosts it is told of", async () => {
    let isAsked = false;
    const other = createServer((_request, response) => {
      isAsked = true;
      response.end("{}");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    for (const location of [`http://127.0.0.1:${port}/x`, "https://evil.example/x", "file:///x"]) {
      hub.answers.set("config.json", (_request, response) => {
        response.writeHead(302, { location }).end();
      });
      await expectFailure("forbidden", /redirects to .*not among the allowed hosts/);
    }
    expect(isAsked).toBe(false);
    other.close();
  });

  it("follows the hub within itself, but not round and round", async () => {
    hub.answers.set("/main/config.json", (_request, response) => {
      response.writeHead(302, { location: "/owner/name/resolve/main/vocab.txt" }).end();
    });
    await expectFailure("damaged_file", /not valid JSON/);
    hub.answers.set("/main/config.json", (request, response) => {
      response.writeHead(302, { location: request.url }).end();
    });
    await expectFailure("unavailable", /redirects more than 5 times/, "--id", "round");
  });

  it("says what a model lacks", async () => {
    const missing = (_request: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(404).end();
    };
    hub.answers.set("model.safetensors", missing);
    await expectFailure("unsupported_model", /has no model\.safetensors/);
    hub.answers.set("vocab.txt", missing);
    await expectFailure("not_found", /neither tokenizer\.json nor vocab\.txt/, "--id", "second");
    hub.answers.set("config.json", missing);
    await expectFailure("not_found", /no model owner\/name/, "--id", "third");
    hub.answers.set("config.json", (_request, response) => response.writeHead(401).end());
    await expectFailure("forbidden", /is private/, "--id", "fourth");
    hub.answers.set("config.json", (_request, response) => response.writeHead(503).end());
    await expectFailure("unavailable", /status 503/, "--id", "fifth");
  });

  describe("with an ONNX export only", () => {
    const exported = path.join(folder, "exported");
    const onnxFile = path.join(exported, "onnx/model.onnx");

    beforeEach(() => {
      rmSync(exported, { recursive: true, force: true });
      using source = openHuggingFaceDirectory(published);
      const tokenizerFiles = source.readTokenizerFiles();
      exportOnnx(exported, { ...source, tokenizerFiles, weights: source.readWeights() });
      hub.answers.set(".safetensors", (_request, response) => response.writeHead(404).end());
      for (const name of ["onnx/model.onnx", "onnx/model.onnx_data"]) {
        hub.answers.set(name, (_request, response) => {
          const file = path.join(exported, name);
          if (existsSync(file)) response.end(readFileSync(file));
          else response.writeHead(404).end();
        });
      }
    });

    it("fetches that, and the data files that it names, and converts it", async () => {
      writeOnnxModel(onnxFile, readOnnxModel(onnxFile), "model.onnx_data");
      const result = await add();
      expect(result).toMatchObject({ code: 0 });
      const { files } = documentOf(result) as { files: { name: string }[] };
      expect(files.slice(-2).map(({ name }) => name)).toEqual([
        "onnx/model.onnx",
        "onnx/model.onnx_data",
      ]);
      expect(readdirSync(path.join(data, "downloads"))).toEqual([]);
      const filled = await callCli(["fill", "你[MASK]", "--model", "name", "--data", data]);
      expect(filled).toMatchObject({ code: 0 });
    });

    it("counts data files among the weights, which have a limit", async () => {
      writeOnnxModel(onnxFile, readOnnxModel(onnxFile), "model.onnx_data");
      const limit = String(statSync(onnxFile).size + 1000);
      await expectFailure(
        "damaged_file",
        /model\.onnx_data is larger than 1000 bytes/,
        "--models-max-download-bytes",
        limit,
      );
    });

    it("refuses data files elsewhere before it asks for them", async () => {
      const model = readOnnxModel(onnxFile);
      const moved = [...model.graph.initializers].map(([name, tensor]) => {
        const lengthBytes = tensor.bytes instanceof Uint8Array ? tensor.bytes.length : 0;
        const location = "../../../whetstone.db";
        return [name, { ...tensor, bytes: { location, offsetBytes: 0, lengthBytes } }] as const;
      });
      const graph = { ...model.graph, initializers: new Map(moved) };
      writeFileSync(onnxFile, encodeModel({ ...model, graph }));
      await expectFailure(
        "damaged_file",
        /name\/onnx\/model\.onnx names "\.\.\/\.\.\/\.\.\/whetstone\.db" as .* expected a plain name/,
      );
      expect(hub.requests.filter(({ path: name }) => name.includes("whetstone.db"))).toEqual([]);
      expect(readdirSync(path.join(data, "downloads"))).toEqual([]);
    });

    it("fetches the data files of constants in nodes, too", async () => {
      writeOnnxModel(onnxFile, readOnnxModel(onnxFile), "model.onnx_data");
      const model = readOnnxModel(onnxFile);
      const constants = [...model.graph.initializers].map(([name, value]): Node => {
        const outputs = [name];
        return { op: "Constant", domain: "", name, inputs: [], outputs, attributes: { value } };
      });
      const nodes = [...constants, ...model.graph.nodes];
      const graph = { ...model.graph, nodes, initializers: new Map<string, TensorLiteral>() };
      writeFileSync(onnxFile, encodeModel({ ...model, graph }));
      expect(await add()).toMatchObject({ code: 0 });
    });

    it("says which file it cannot read, and what to do", async () => {
      const bytes = readFileSync(onnxFile);
      const advice = "add the safetensors of the same model";
      const says = (what: string): RegExp => {
        return new RegExp(`owner/name/onnx/model\\.onnx: .*${what}.*; ${advice}`);
      };
      writeFileSync(onnxFile, bytes.subarray(0, 1000));
      await expectFailure("damaged_file", says("not an ONNX model"));
      // Field 25 of a ModelProto, functions, with one that is empty.
      writeFileSync(onnxFile, Buffer.concat([bytes, Buffer.from([0xca, 0x01, 0x00])]));
      await expectFailure("unsupported_model", says("functions of its own"), "--id", "second");
    });
  });

  it("refuses an index that names anything but plain files, or none, or too many", async () => {
    hub.answers.set("model.safetensors", (_request, response) => response.writeHead(404).end());
    const expectIndexRefused = async (names: readonly string[], says: string): Promise<void> => {
      hub.answers.set("index.json", (_request, response) => {
        response.end(JSON.stringify({ weight_map: Object.fromEntries(names.entries()) }));
      });
      await expectFailure("damaged_file", new RegExp(`name/.*index\\.json ${says}`));
      rmSync(path.join(data, "downloads"), { recursive: true, force: true });
    };
    for (const name of ["../../whetstone.db", "/etc/passwd", "a/b.safetensors", "x.bin"]) {
      const says = `names ${JSON.stringify(name)} as .* expected a plain name`;
      await expectIndexRefused(["good.safetensors", name], says);
    }
    await expectIndexRefused([], "names 0 files of weights; expected 1 to 200");
    const many = Array.from({ length: 201 }, (_, i) => `${i}.safetensors`);
    await expectIndexRefused(many, "names 201 files of weights; expected 1 to 200");
  });

  it("says what to do where there is no network", async () => {
    const args = ["models", "add", "modelscope:owner/name", "--data", data, "--json"];
    const dead = ["--models-modelscope-mirror", "http://127.0.0.1:1"];
    const result = await callCli([...args, ...dead]);
    expect(result.code).toBe(1);
    expect(documentOf(result)).toMatchObject({ error: { code: "unavailable" } });
    expect(result.stderr).toMatch(/Check the network, set another mirror, or fetch .* file:DIR/);
  });

  it("tells of an id that is taken before it fetches anything", async () => {
    expect(await add()).toMatchObject({ code: 0 });
    hub.requests = [];
    expect(await callCli(["models", "alias", "other", "name", "--data", data])).toMatchObject({
      code: 0,
    });
    for (const [id, what] of [
      ["name", "a model"],
      ["other", "an alias"],
    ] as const) {
      const { error } = documentOf(await add("--id", id)) as { error: Error & { code: string } };
      expect(error.code).toBe("conflict");
      expect(error.message).toContain(`There is ${what} "${id}" already`);
    }
    expect(hub.requests).toEqual([]);
  });
});
