// Builds a graph node by node; every value gets its shape as it is emitted, so a mistake shows at
// the line that made it.

import { invariant } from "../base/index.ts";
import type { DataType } from "./data-type.ts";
import type { Dim, Shape } from "./dims.ts";
import type { Attributes, Graph, Model, Node, TensorLiteral, TensorType, Value } from "./graph.ts";
import { graphError, isExternal, MICROSOFT, modelOf } from "./graph.ts";
import type { KnownInts } from "./infer/context.ts";
import { inferNode } from "./infer/index.ts";
import { literal, numbersOf } from "./literal.ts";

/** Operators of ONNX Runtime's own domain that this project emits. */
const MICROSOFT_OPERATORS = new Set([
  "BiasGelu",
  "DynamicQuantizeMatMul",
  "FastGelu",
  "FusedMatMul",
  "MatMulIntegerToFloat",
  "MatMulNBits",
  "QuickGelu",
  "RotaryEmbedding",
]);

/** An operand: undefined leaves an optional input out. */
export type Operand = Value | undefined;

/** Integer constants up to this many elements take part in shape inference. */
const KNOWN_LENGTH_MAX = 64;

export class GraphBuilder {
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  readonly #initializers = new Map<string, TensorLiteral>();
  readonly #nodes: Node[] = [];
  readonly #values = new Map<string, Value>();
  readonly #known = new Map<string, KnownInts>();
  readonly #constants = new Map<string, Value>();
  #counter = 0;

  /** Starts from a finished graph, whose values keep their names. */
  static from(graph: Graph): GraphBuilder {
    const builder = new GraphBuilder();
    for (const input of graph.inputs) {
      if (!graph.initializers.has(input.name)) builder.input(input.name, input.dtype, input.shape);
    }
    for (const [name, tensor] of graph.initializers) builder.initializer(name, tensor);
    for (const node of graph.nodes) builder.append(node);
    for (const output of graph.outputs) builder.output(builder.value(output.name));
    return builder;
  }

  /** An input that the caller feeds; symbols in `shape` are named axes ("batch"). */
  input(name: string, dtype: DataType, shape: Shape): Value {
    const value = this.#declare(name, { dtype, shape });
    this.#inputs.push(value);
    return value;
  }

  /** A constant tensor stored in (or beside) the model. */
  initializer(name: string, tensor: TensorLiteral): Value {
    const value = this.#declare(name, { dtype: tensor.dtype, shape: tensor.dims });
    this.#initializers.set(name, tensor);
    this.#rememberInts(name, tensor);
    return value;
  }

  /** A small constant; equal ones are stored once. */
  constant(dtype: DataType, dims: readonly number[], values: readonly number[]): Value {
    const key = `${dtype}[${dims.join()}]${values.join()}`;
    const existing = this.#constants.get(key);
    if (existing !== undefined) return existing;
    const value = this.initializer(this.#fresh("constant"), literal(dtype, dims, values));
    this.#constants.set(key, value);
    return value;
  }

  /** A float32 scalar. */
  scalar(value: number, dtype: DataType = "float32"): Value {
    return this.constant(dtype, [], [value]);
  }

  /** An int64 vector, as axes and shapes are given. */
  ints(...values: readonly number[]): Value {
    return this.constant("int64", [values.length], values);
  }

  /** Adds a node with one output (the others, if the operator has any, are left out). */
  emit(op: string, inputs: readonly Operand[], attributes: Attributes = {}): Value {
    return this.emitAll(op, inputs, { attributes, outputs: 1 })[0] as Value;
  }

  /** Adds a node whose output type the caller knows better than inference can tell. */
  emitAs(type: TensorType, op: string, inputs: readonly Operand[], attributes: Attributes): Value {
    const name = this.#fresh(op);
    const names = inputs.map((input) => input?.name ?? "");
    this.#nodes.push({ op, domain: "", name, inputs: names, outputs: [name], attributes });
    return this.#declare(name, type);
  }

  /** Adds a node with several outputs. */
  emitAll(
    op: string,
    inputs: readonly Operand[],
    options: { readonly attributes?: Attributes; readonly outputs: number },
  ): Value[] {
    const name = this.#fresh(op);
    return this.append({
      op,
      domain: MICROSOFT_OPERATORS.has(op) ? MICROSOFT : "",
      name,
      inputs: inputs.map((input) => input?.name ?? ""),
      outputs: Array.from({ length: options.outputs }, (_, i) => (i === 0 ? name : `${name}:${i}`)),
      attributes: options.attributes ?? {},
    });
  }

  /** Adds a node as it is; Constant nodes become initializers. Returns its outputs. */
  append(node: Node): Value[] {
    if (node.op === "Constant") return [this.#constantNode(node)];
    const inputs = node.inputs.map((name) => (name === "" ? undefined : this.value(name)));
    const { types, known } = inferNode(node, {
      inputs,
      known: (i) => this.#known.get(node.inputs[i] ?? ""),
      knownNumbers: (i) => allNumbers(this.#known.get(node.inputs[i] ?? "")),
    });
    this.#nodes.push(node);
    const values = node.outputs.map((name, i) => {
      const type = types[i];
      if (type === undefined) throw graphError(node, `it has no output ${i}`);
      return this.#declare(name, type);
    });
    const first = node.outputs[0];
    if (known !== undefined && first !== undefined) this.#known.set(first, known);
    return values;
  }

  /** Marks a value as an output of the graph, under its own name or as a copy under another. */
  output(value: Value, name?: string): Value {
    let named = value;
    if (name !== undefined && name !== value.name) {
      const inputs = [value.name];
      const identity = { op: "Identity", domain: "", name, inputs, outputs: [name] };
      named = this.append({ ...identity, attributes: {} })[0] as Value;
    }
    this.#outputs.push(named);
    return named;
  }

  /** The value of this name. */
  value(name: string): Value {
    const value = this.#values.get(name);
    invariant(value !== undefined, () => `the graph has no value named ${name}`);
    return value;
  }

  /** The elements of an integer value where they are known sizes. */
  known(value: Value): KnownInts | undefined {
    return this.#known.get(value.name);
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  build(name = "graph"): Graph {
    return {
      name,
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      initializers: new Map(this.#initializers),
      nodes: [...this.#nodes],
    };
  }

  model(name?: string): Model {
    return modelOf(this.build(name));
  }

  #declare(name: string, type: TensorType): Value {
    const value: Value = { name, dtype: type.dtype, shape: type.shape };
    if (name === "") return value;
    invariant(!this.#values.has(name), () => `the graph has two values named ${name}`);
    this.#values.set(name, value);
    return value;
  }

  #fresh(stem: string): string {
    let name: string;
    do name = `${stem}_${this.#counter++}`;
    while (this.#values.has(name));
    return name;
  }

  #constantNode(node: Node): Value {
    const { value, value_float, value_int, value_floats, value_ints } = node.attributes;
    const name = node.outputs[0] ?? node.name;
    if (typeof value === "object" && "dtype" in value) return this.initializer(name, value);
    if (typeof value_float === "number") {
      return this.initializer(name, literal("float32", [], [value_float]));
    }
    if (typeof value_int === "number") {
      return this.initializer(name, literal("int64", [], [value_int]));
    }
    if (Array.isArray(value_floats)) {
      return this.initializer(name, literal("float32", [value_floats.length], value_floats));
    }
    if (Array.isArray(value_ints)) {
      return this.initializer(name, literal("int64", [value_ints.length], value_ints));
    }
    throw graphError(node, "a constant of strings or sparse values is not supported");
  }

  #rememberInts(name: string, tensor: TensorLiteral): void {
    const count = tensor.dims.reduce((a, b) => a * b, 1);
    const integer = tensor.dtype === "int64" || tensor.dtype === "int32";
    if (!integer || count > KNOWN_LENGTH_MAX || isExternal(tensor.bytes)) return;
    this.#known.set(name, numbersOf(tensor));
  }
}

function allNumbers(known: readonly Dim[] | undefined): readonly number[] | undefined {
  if (known?.every((dim) => typeof dim === "number")) return known;
  return undefined;
}
