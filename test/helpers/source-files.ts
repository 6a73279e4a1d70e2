// The source tree as data for test/architecture.test.ts: files, what they import, where.
// A reader of text, not a compiler: it knows the few shapes that prettier lets an import take.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface SourceFile {
  /** From the repository root, with forward slashes: "src/onnx/graph.ts". */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly SourceImport[];
}

export interface SourceImport {
  /** As written: "./graph.ts", "../base/index.ts", "node:fs", "fastify". */
  readonly specifier: string;
  /** The imported file from the repository root; undefined for packages. */
  readonly target: string | undefined;
  /** `import type …`, which is gone at run time. */
  readonly isTypeOnly: boolean;
}

const ROOT = path.resolve(import.meta.dirname, "../..");
const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "peers", "results", "fixtures"]);
const IMPORT =
  /^[ \t]*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

/** Every TypeScript file under the given folders of the repository, declarations included. */
export function readSourceFiles(...folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) => [...filesUnder(folder)]).map(readSourceFile);
}

/** A file of the repository as text. */
export function readText(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

/** The package that a specifier names: "@fastify/static/x" → "@fastify/static". */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function readSourceFile(file: string): SourceFile {
  const text = readText(file);
  return { path: file, text, imports: importsOf(file, text) };
}

/** Exported for its own test: the imports that `text`, the content of `file`, contains. */
export function importsOf(file: string, text: string): readonly SourceImport[] {
  return [...text.matchAll(IMPORT)].map(([, type, fromStatement, fromCall]) => {
    const specifier = fromStatement ?? fromCall ?? "";
    const target = path.posix.join(path.posix.dirname(file), specifier);
    return {
      specifier,
      target: specifier.startsWith(".") ? target : undefined,
      isTypeOnly: type !== undefined,
    };
  });
}

function* filesUnder(folder: string): Generator<string> {
  let entries;
  try {
    entries = readdirSync(path.join(ROOT, folder), { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const name = `${folder}/${entry.name}`;
    if (entry.isFile() && /\.tsx?$/.test(name)) yield name;
    else if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) yield* filesUnder(name);
  }
}
