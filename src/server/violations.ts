// What a schema check found, in words: which field, what it is, what was expected.

import { ERROR_STATUS } from "../base/index.ts";
import { nearMatches } from "../config/index.ts";
import type { ErrorAnswer } from "./errors.ts";

/** An error of the validator, in its verbose form. */
export interface Violation {
  readonly keyword: string;
  /** JSON pointer: "/parameters/top_k". */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
  readonly parentSchema?: Schema;
}

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const SHOWN_CHARACTERS = 60;

export function describeViolation(violation: Violation): ErrorAnswer {
  const { keyword, params, parentSchema: schema = {} } = violation;
  const field = fieldName(violation.instancePath);
  if (keyword === "additionalProperties") {
    const name = join(field, String(params["additionalProperty"]));
    const known = Object.keys(schema.properties ?? {});
    const near = nearMatches(String(params["additionalProperty"]), known);
    const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : "";
    const message = `There is no field "${name}". ${hint || `Known are ${known.join(", ")}.`}`;
    return refusal("unknown_field", message, { field: name });
  }
  if (keyword === "required") {
    const name = join(field, String(params["missingProperty"]));
    return refusal("invalid_input", `The field "${name}" is missing.`, { field: name });
  }
  const what = field === "" ? "The body" : field;
  const message = `${what} is ${shown(violation.data)}; expected ${expected(schema)}.`;
  return refusal("invalid_input", message, field === "" ? undefined : { field });
}

function expected(schema: Schema): string {
  if (schema.enum !== undefined) {
    return `one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`;
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map(expected).join(" or ");
  switch (schema.type) {
    case "integer":
      return `a whole number${range("from", schema.minimum, schema.maximum)}`;
    case "number":
      return `a number${range("from", schema.minimum, schema.maximum)}`;
    case "string":
      return `a text${range("of", schema.minLength, schema.maxLength, "characters")}`;
    case "array": {
      const items = schema.items?.type === "string" ? "texts" : "values";
      const isBounded = schema.maxItems !== undefined;
      return isBounded
        ? `${schema.minItems ?? 0} to ${schema.maxItems} ${items} in a list`
        : `a list of ${items}`;
    }
    case "object":
      return "an object";
    default:
      return schema.type ?? "another value";
  }
}

function range(word: string, least?: number, most?: number, unit = ""): string {
  if (least === undefined && most === undefined) return "";
  if (most === undefined)
    return least === 1 && unit !== "" ? " that is not empty" : ` ${word} ${least}`;
  return ` ${word} ${least ?? 0} to ${most}${unit === "" ? "" : ` ${unit}`}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value))
    return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? "missing";
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** "/texts/3" → "texts[3]". */
function fieldName(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .reduce((name, step) => (/^\d+$/.test(step) ? `${name}[${step}]` : join(name, step)), "");
}

function join(parent: string, name: string): string {
  return parent === "" ? name : `${parent}.${name}`;
}

function refusal(
  code: "invalid_input" | "unknown_field",
  message: string,
  details: Readonly<Record<string, unknown>> | undefined,
): ErrorAnswer {
  return { status: ERROR_STATUS[code], code, message, details };
}
