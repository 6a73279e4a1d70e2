// Which constants of an exported graph are which parameters of a model. Exporters keep the names of
// some and turn and rename others; what is left without a name is told by its shape and its turn.
// That is a guess until the two graphs have been seen to agree (onnx-conversion.ts).

import { AppError } from "../base/index.ts";
import {
  intAttribute,
  intsAttribute,
  isFloat,
  type Graph,
  type Node,
  type TensorLiteral,
} from "../onnx/index.ts";
import type { MaskedLanguageModel } from "./masked-lm.ts";

/** A parameter as it lies in an exported graph. */
export interface ExportedParameter {
  readonly tensor: TensorLiteral;
  /** Whether a matrix lies as [in, out] where Hugging Face has [out, in]. */
  readonly isTransposed: boolean;
}

/** A constant where a node reads it. */
interface Use extends ExportedParameter {
  /** The axes that the parameter would have, joined by commas. */
  readonly shape: string;
  /** What it may be called, with anything before it; the likeliest first. */
  readonly names: readonly string[];
}

/** Operators of graphs whose weights are whole numbers. */
const QUANTISED = /quant|integer|nbits|^q(linear|attention|gemm)/i;
const NAMED_MAX = 3;

/**
 * Finds all parameters of `model` in a graph that PyTorch's exporters made of it.
 *
 * @throws AppError `unsupported_model` naming what is not there, as after a fusion of nodes, or
 *   when the graph is quantised.
 */
export function exportedParameters(
  model: Pick<MaskedLanguageModel, "parameters">,
  graph: Graph,
): ReadonlyMap<string, ExportedParameter> {
  const quantised = graph.nodes.find(({ op }) => QUANTISED.test(op));
  if (quantised !== undefined) {
    throw new AppError(
      "unsupported_model",
      `the ONNX graph is quantised (it has ${quantised.op}), and such weights cannot be trained; ` +
        "add the safetensors of the same model, or its export in float32",
    );
  }
  const { parameters } = model;
  const found = new Map<string, ExportedParameter>();
  const nameless: Use[] = [];
  for (const use of usesIn(graph)) {
    const name = use.names
      .map((given) => knownName(given, parameters))
      .find((known) => known !== undefined && parameters.get(known)?.join() === use.shape);
    // A tied parameter is used again.
    if (name === undefined || found.has(name)) nameless.push(use);
    else found.set(name, use);
  }
  const missing: string[] = [];
  for (const [name, shape] of parameters) {
    if (found.has(name)) continue;
    const at = nameless.findIndex((use) => use.shape === shape.join());
    const [next] = at < 0 ? [] : nameless.splice(at, 1);
    if (next === undefined) missing.push(name);
    else found.set(name, next);
  }
  if (missing.length === 0) return found;
  const more = missing.length > NAMED_MAX ? ` and ${missing.length - NAMED_MAX} more` : "";
  throw new AppError(
    "unsupported_model",
    `the ONNX graph has nothing that could be ${missing.slice(0, NAMED_MAX).join(", ")}${more}; ` +
      "it is of another model than config.json, or was fused after its export. Add the " +
      "safetensors of the same model, or its plain export",
  );
}

/** "model.bert.x" → "bert.x": whoever exports may wrap the model first. */
function knownName(
  given: string,
  known: Pick<ReadonlyMap<string, unknown>, "has">,
): string | undefined {
  const steps = given.split(".");
  const from = steps.findIndex((_, i) => known.has(steps.slice(i).join(".")));
  return from < 0 ? undefined : steps.slice(from).join(".");
}

/** Where vectors and matrices of floats are read, in the order of the nodes. */
function usesIn({ initializers, nodes }: Graph): readonly Use[] {
  const constants = new Map<string, ExportedParameter>();
  const note = (name: string, tensor: TensorLiteral | undefined): void => {
    if (tensor === undefined || !isFloat(tensor.dtype)) return;
    const isWeight = tensor.dims.length === 1 || tensor.dims.length === 2;
    if (isWeight) constants.set(name, { tensor, isTransposed: false });
  };
  for (const [name, tensor] of initializers) note(name, tensor);
  const uses: Use[] = [];
  for (const node of nodes) {
    const [output = "", value] = [node.outputs[0], node.attributes["value"]];
    if (node.op === "Constant" && typeof value === "object" && "bytes" in value) {
      note(output, value);
    }
    for (const [index, input] of node.inputs.entries()) {
      const constant = constants.get(input);
      if (constant === undefined) continue;
      const isTransposed = constant.isTransposed !== turns(node, index, constant.tensor);
      if (passesOn(node)) constants.set(output, { ...constant, isTransposed });
      else uses.push(useOf(node, index, { ...constant, isTransposed }));
    }
  }
  return uses;
}

/** Whether what comes out is the same constant, turned or not. */
function passesOn({ op }: Node): boolean {
  return op === "Identity" || op === "Cast" || op === "Transpose";
}

/** Whether this input is of the parameter's transpose. */
function turns(node: Node, index: number, { dims }: TensorLiteral): boolean {
  if (dims.length !== 2) return false;
  if (node.op === "Transpose") return intsAttribute(node, "perm")?.join() !== "0,1";
  if (index !== 1) return false;
  const multiplies = ["MatMul", "FusedMatMul", "Gemm"].includes(node.op);
  return multiplies && intAttribute(node, "transB", 0) === 0;
}

function useOf(node: Node, index: number, parameter: ExportedParameter): Use {
  const { dims } = parameter.tensor;
  const isNorm = node.op.endsWith("LayerNormalization");
  const isWeight = dims.length === 2 || node.op === "Mul" || (isNorm && index === 1);
  // "/bert/encoder/layer.0/output/dense/MatMul" → "bert.encoder.layer.0.output.dense"
  const module = node.name.split("/").slice(1, -1).join(".");
  const role = isWeight ? "weight" : "bias";
  const shape = (parameter.isTransposed ? dims.toReversed() : dims).join();
  return { ...parameter, shape, names: [`${module}.${role}`, node.inputs[index] ?? ""] };
}
