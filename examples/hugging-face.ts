// Asks a server that `npm start` has started, with the client of the Hugging Face inference API:
//
//   npx tsx examples/hugging-face.ts http://127.0.0.1:8080

import { InferenceClient } from "@huggingface/inference";

const [address = "http://127.0.0.1:8080"] = process.argv.slice(2);
const endpointUrl = new URL("/models/starter-cloze", address).href;

const client = new InferenceClient("", { endpointUrl });
const candidates = await client.fillMask({
  inputs: "春风又绿江南[MASK]，明月何时照我还。",
  parameters: { top_k: 3 },
});
for (const { score, token_str: word, sequence } of candidates) {
  console.log(score.toFixed(3), word, sequence);
}
