// Models as others export them (decomposed norms and GELUs, shape arithmetic, transposed weights
// under made-up names): read, differentiated and run, against what PyTorch computed.

import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

import { differentiate, gradientName } from "../../src/autodiff/index.ts";
import { decodeModel, encodeModel, GraphBuilder, type Model } from "../../src/onnx/index.ts";
import { createSession, intTensorOf, type Feeds } from "../../src/runtime/index.ts";
import {
  expectGradients,
  FIXTURES,
  maxDifference,
  positionsWhere,
  readModelFixture,
  type FixtureCase,
  type ModelFixture,
} from "../helpers/model-fixture.ts";

const LOGIT_TOLERANCE = 1e-4;
interface Exported {
  readonly inputs: readonly string[];
  readonly initializers: Readonly<
    Record<string, { readonly parameter: string; readonly transposed: boolean }>
  >;
}

function readExported(name: string, file: string): { model: Model; exported: Exported } {
  const directory = path.join(FIXTURES, "models", name);
  const listed = JSON.parse(readFileSync(path.join(directory, "exported.json"), "utf8")) as Record<
    string,
    Exported
  >;
  const exported = listed[file];
  if (exported === undefined) throw new Error(`exported.json does not know ${file}`);
  return { model: decodeModel(readFileSync(path.join(directory, file))), exported };
}

function tokenFeeds({ inputs }: Exported, one: FixtureCase): Feeds {
  const shape = [one.batch, one.sequence];
  const none = one.inputIds.map(() => 0);
  const known: Record<string, readonly number[]> = {
    input_ids: one.inputIds,
    attention_mask: one.attentionMask,
    token_type_ids: none,
  };
  return Object.fromEntries(inputs.map((name) => [name, intTensorOf(known[name] ?? [], shape)]));
}

/** Flat positions whose logits are scored, and the labels there; causal ones predict the next. */
function targets(one: FixtureCase, causal: boolean): { positions: number[]; labels: number[] } {
  const labelled = positionsWhere(one.labels, (label) => label !== -100).filter(
    (at) => !causal || at % one.sequence > 0,
  );
  return {
    positions: labelled.map((at) => (causal ? at - 1 : at)),
    labels: labelled.map((at) => one.labels[at] as number),
  };
}

/** The model with the mean cross-entropy at given positions, and its gradients. */
function withGradients(model: Model, parameters: readonly string[]): Model {
  const b = GraphBuilder.from(model.graph);
  const logits = b.value("logits");
  const vocabulary = logits.shape[2] as number;
  const positions = b.input("positions", "int64", ["masked"]);
  const labels = b.input("labels", "int64", ["masked"]);
  const rows = b.emit("Reshape", [logits, b.ints(-1, vocabulary)]);
  const scores = b.emit("LogSoftmax", [b.emit("Gather", [rows, positions])], { axis: -1 });
  const index = b.emit("Unsqueeze", [labels, b.ints(1)]);
  const chosen = b.emit("GatherElements", [scores, index], { axis: 1 });
  b.output(b.emit("Neg", [b.emit("ReduceMean", [chosen], { keepdims: 0 })]), "loss");
  const graph = differentiate(b.build(), { loss: "loss", parameters });
  return { ...model, graph, opsets: new Map(model.opsets).set("com.microsoft", 1) };
}

/** A matrix of this shape, turned. */
function transposed(data: Float32Array, [rows = 0, columns = 0]: readonly number[]): Float32Array {
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = data[row * columns + column] as number;
    }
  }
  return turned;
}

/** Gradients by PyTorch's names: transposed back, tied ones summed. */
function collect(
  { initializers }: Exported,
  fixture: ModelFixture,
  outputs: Readonly<Record<string, { readonly data: unknown }>>,
): Map<string, Float32Array> {
  const sums = new Map<string, Float32Array>();
  for (const [name, { parameter, transposed: turned }] of Object.entries(initializers)) {
    const shape = fixture.gradients.get(parameter)?.shape ?? [];
    const raw = outputs[gradientName(name)]?.data as Float32Array;
    const gradient = turned ? transposed(raw, shape.toReversed()) : raw;
    const sum = sums.get(parameter);
    sums.set(parameter, sum ? sum.map((value, i) => value + (gradient[i] as number)) : gradient);
  }
  return sums;
}

const FILES = ["bert-tiny", "llama-tiny", "modernbert-tiny"].flatMap((name) =>
  ["exported.onnx", "exported-dynamo.onnx"].map((file) => ({ name, file })),
);

describe.each(FILES)("$name as $file", ({ name, file }) => {
  const fixture = readModelFixture(name);
  const { model, exported } = readExported(name, file);
  const causal = name.startsWith("llama");

  it("gives PyTorch's logits at every token after reading and writing", async () => {
    const graph = GraphBuilder.from(model.graph).build();
    using session = await createSession(encodeModel({ ...model, graph }), { threads: 1 });
    for (const one of fixture.cases) {
      const outputs = await session.run(tokenFeeds(exported, one));
      const logits = outputs["logits"]?.data as Float32Array;
      const V = logits.length / one.attentionMask.length;
      for (const i of positionsWhere(one.attentionMask, (entry) => entry === 1)) {
        const [from, to] = [i * V, (i + 1) * V];
        const difference = maxDifference(logits.subarray(from, to), one.logits.subarray(from, to));
        expect(difference, `${one.name}, token ${i}`).toBeLessThanOrEqual(LOGIT_TOLERANCE);
      }
    }
  });

  it("gives PyTorch's loss and gradients of all parameters", async () => {
    const parameters = Object.keys(exported.initializers);
    const bytes = encodeModel(withGradients(model, parameters));
    using session = await createSession(bytes, { threads: 1 });
    const one = fixture.gradientCase;
    const { positions, labels } = targets(one, causal);
    const outputs = await session.run({
      ...tokenFeeds(exported, one),
      positions: intTensorOf(positions, [positions.length]),
      labels: intTensorOf(labels, [labels.length]),
    });
    const loss = outputs["loss"]?.data[0];
    expect(loss).toBeCloseTo(one.loss ?? NaN, 5);
    const gradients = collect(exported, fixture, outputs);
    expectGradients(gradients, fixture);
  });
});
