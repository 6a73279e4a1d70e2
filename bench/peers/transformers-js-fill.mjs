/** Measures Transformers.js' fill-mask pipeline on a local model directory, float32, on the CPU.
 *
 *  node transformers-js-fill.mjs --model DIR --texts FILE.jsonl[.gz] [--clients N] [--answers]
 *  node transformers-js-fill.mjs --model DIR --serve PORT
 *
 *  DIR needs config.json, tokenizer.json, tokenizer_config.json and onnx/model.onnx. Prints one
 *  JSON document on stdout. With --serve it answers POST {inputs} as Hugging Face's endpoint does,
 *  one call of the pipeline for each request, and prints {"ready": URL} when it does. */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { env, pipeline } from "@huggingface/transformers";

const { values: options } = parseArgs({
  options: {
    model: { type: "string" },
    texts: { type: "string" },
    clients: { type: "string", default: "1" },
    batch: { type: "string", default: "1" }, // texts in one call of the pipeline
    seconds: { type: "string", default: "10" }, // how long to measure
    limit: { type: "string", default: "1000" }, // how many texts of the file to use
    threads: { type: "string" }, // default: ONNX Runtime's own choice
    answers: { type: "boolean", default: false }, // top-1 of each text instead of timings
    serve: { type: "string" },
  },
});

const WARM_UP_CALLS = 10;

const fill = await loadPipeline();
if (options.serve !== undefined) await serve(Number(options.serve));
else {
  const texts = readTexts();
  const result = options.answers ? await answers(texts) : await measure(texts);
  console.log(JSON.stringify(result));
}

async function loadPipeline() {
  if (!options.model) throw new Error("--model DIR is missing");
  const directory = resolve(options.model);
  env.allowRemoteModels = false;
  env.localModelPath = dirname(directory);
  const threads = options.threads ? { intraOpNumThreads: Number(options.threads) } : {};
  return pipeline("fill-mask", basename(directory), {
    dtype: "fp32",
    device: "cpu",
    session_options: threads,
    use_external_data_format: existsSync(join(directory, "onnx/model.onnx_data")),
  });
}

/** Texts with one [MASK]: a blank (___) becomes as many as its answer has characters, and the
 *  pipeline fills the first. */
function readTexts() {
  if (!options.texts) throw new Error("--texts FILE is missing");
  const bytes = readFileSync(options.texts);
  const lines = (options.texts.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return lines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, Number(options.limit))
    .map((line) => {
      const { text, answer = "?" } = JSON.parse(line);
      return text.replaceAll("___", "[MASK]".repeat([...answer].length));
    });
}

async function answers(texts) {
  const top = [];
  for (const text of texts) {
    const [{ token, token_str: tokenText, score }] = await fill(text, { top_k: 1 });
    top.push({ text, token, tokenText, score });
  }
  return { ...description(), count: top.length, answers: top };
}

/** N clients, each sending its next call when the last is answered; a call holds `batch` texts. */
async function measure(texts) {
  const clients = Number(options.clients);
  const batch = Number(options.batch);
  let next = 0;
  const take = () => {
    const chosen = Array.from({ length: batch }, () => texts[next++ % texts.length]);
    return batch === 1 ? chosen[0] : chosen;
  };
  for (let call = 0; call < WARM_UP_CALLS; call += 1) await fill(take());
  next = 0;
  const latenciesMs = [];
  const started = performance.now();
  const deadline = started + Number(options.seconds) * 1000;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < deadline) {
        const asked = performance.now();
        await fill(take());
        latenciesMs.push(performance.now() - asked);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  latenciesMs.sort((a, b) => a - b);
  return {
    ...description(),
    clients,
    batch,
    calls: latenciesMs.length,
    seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p95Ms: quantile(latenciesMs, 0.95),
    textsPerSecond: (latenciesMs.length * batch) / seconds,
  };
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function description() {
  return { peer: `@huggingface/transformers ${env.version}`, dtype: "fp32" };
}

async function serve(port) {
  const server = createServer(async (request, response) => {
    const reply = (status, value) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    try {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const { inputs, parameters } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      reply(200, await fill(inputs, { top_k: parameters?.top_k ?? 5 }));
    } catch (error) {
      reply(400, { error: String(error) });
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  console.log(JSON.stringify({ ready: `http://127.0.0.1:${server.address().port}` }));
}
