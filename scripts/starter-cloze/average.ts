// The mean of the weights of two models of one run: ends of stages that follow each other lie in
// one valley, and their middle knows more than either.
//
//   npx tsx scripts/starter-cloze/average.ts --model DIR --with DIR --out DIR

import { parseArgs } from "node:util";
import { required } from "../../src/base/index.ts";
import {
  readHuggingFaceWeights,
  readModelConfig,
  readTokenizerFiles,
  saveHuggingFaceDirectory,
} from "../../src/checkpoint/index.ts";

const { values } = parseArgs({
  options: { model: { type: "string" }, with: { type: "string" }, out: { type: "string" } },
});
const { model, with: other, out } = values;
if (model === undefined || other === undefined || out === undefined) {
  console.error("usage: average.ts --model DIR --with DIR --out DIR");
  process.exit(2);
}

const others = readHuggingFaceWeights(other);
const weights = new Map(
  [...readHuggingFaceWeights(model)].map(([name, { shape, data }]) => {
    const second = required(others.get(name), name).data;
    return [name, { shape, data: data.map((value, i) => (value + (second[i] ?? NaN)) / 2) }];
  }),
);
saveHuggingFaceDirectory(out, {
  config: readModelConfig(model),
  tokenizerFiles: readTokenizerFiles(model),
  weights,
  dtype: "F16",
});
