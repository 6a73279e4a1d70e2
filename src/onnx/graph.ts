// The graph in memory: ONNX's own notions (graph, node, initializer, attribute) as plain data.
// It knows nothing of files, sessions or gradients.

import { AppError } from "../base/index.ts";
import type { DataType } from "./data-type.ts";
import type { Shape } from "./dims.ts";

/** A named tensor in a graph with its element type and (symbolic) shape. */
export interface Value {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: Shape;
}

export type TensorType = Omit<Value, "name">;

/** Where an initializer's bytes lie, in a file beside the model. */
export interface ExternalLocation {
  readonly location: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A constant tensor: little-endian bytes in row-major order, here or in an external file. */
export interface TensorLiteral {
  readonly dtype: DataType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array | ExternalLocation;
}

/** Numbers are ONNX ints, except for the names in FLOAT_ATTRIBUTES (file-format.ts). */
export type Attribute = number | readonly number[] | string | TensorLiteral;
export type Attributes = Readonly<Record<string, Attribute>>;

export interface Node {
  readonly op: string;
  /** "" for the standard operators, "com.microsoft" for ONNX Runtime's own. */
  readonly domain: string;
  readonly name: string;
  /** Names of values; "" stands for an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A graph whose nodes stand in an order in which they can run. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers: ReadonlyMap<string, TensorLiteral>;
  readonly nodes: readonly Node[];
}

export interface Model {
  readonly graph: Graph;
  /** Domain → version, e.g. {"": 21, "com.microsoft": 1}. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: string;
}

export const MICROSOFT = "com.microsoft";
export const DEFAULT_OPSETS: ReadonlyMap<string, number> = new Map([
  ["", 21],
  [MICROSOFT, 1],
]);

/** A graph of this program as a model. */
export function modelOf(graph: Graph): Model {
  return { graph, opsets: DEFAULT_OPSETS, producer: "whetstone" };
}

export function isExternal(bytes: Uint8Array | ExternalLocation): bytes is ExternalLocation {
  return !(bytes instanceof Uint8Array);
}

export function intAttribute(node: Node, name: string, fallback: number): number {
  const value = node.attributes[name] ?? fallback;
  if (typeof value === "number") return value;
  throw graphError(node, `attribute ${name} should be a number`);
}

export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const value = node.attributes[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value as readonly number[];
  throw graphError(node, `attribute ${name} should be a list of numbers`);
}

export function stringAttribute(node: Node, name: string, fallback: string): string {
  const value = node.attributes[name] ?? fallback;
  if (typeof value === "string") return value;
  throw graphError(node, `attribute ${name} should be a string`);
}

/** An `unsupported_graph` error that names the node. */
export function graphError(node: Node, message: string): AppError {
  const domain = node.domain === "" ? "" : `${node.domain}.`;
  const where = node.outputs[0] ?? node.name;
  return new AppError("unsupported_graph", `node ${domain}${node.op} (→ ${where}): ${message}`);
}
