// `npm run size [REVISION]`: lines of TypeScript per module, tests beside them, and the longest
// file; with a revision also what changed since it. A meter for the sizes in CONTRIBUTING.md.

import { execFileSync } from "node:child_process";
import path from "node:path";
import { readSourceFiles } from "../test/helpers/source-files.ts";

interface Size {
  source: number;
  test: number;
  files: number;
  longest: { readonly path: string; readonly lines: number };
}

const root = path.resolve(import.meta.dirname, "..");
const FOLDERS = ["src", "web", "extension", "scripts", "bench", "test", "examples"];
const HEAD = ["module", "lines", "since", "tests", "files", "longest file"];

const sizes = measure();
const changes = changesSince(process.argv[2]);
print([HEAD, ...[...sizes].map(([name, size]) => row(name, size)), totals()]);

function measure(): Map<string, Size> {
  const result = new Map<string, Size>();
  for (const file of readSourceFiles(...FOLDERS)) {
    if (file.path.endsWith(".d.ts")) continue;
    const lines = file.text.trimEnd().split("\n").length;
    const name = moduleOf(file.path);
    const empty = { source: 0, test: 0, files: 0, longest: { path: "", lines: 0 } };
    const size = result.get(name) ?? empty;
    result.set(name, size);
    if (isTest(file.path)) {
      size.test += lines;
      continue;
    }
    size.source += lines;
    size.files += 1;
    if (lines > size.longest.lines) size.longest = { path: file.path, lines };
  }
  return result;
}

/** Lines added less lines removed per module since `revision`, tests not counted. */
function changesSince(revision: string | undefined): ReadonlyMap<string, number> {
  const result = new Map<string, number>();
  if (revision === undefined) return result;
  const command = ["diff", "--numstat", revision, "--", "*.ts", "*.tsx", ":!*.d.ts"];
  const output = execFileSync("git", command, { cwd: root, encoding: "utf8" });
  for (const [, added, removed, file = ""] of output.matchAll(/^(\d+)\t(\d+)\t(.+)$/gm)) {
    if (isTest(file)) continue;
    const name = moduleOf(file);
    result.set(name, (result.get(name) ?? 0) + Number(added) - Number(removed));
  }
  return result;
}

/** "src/onnx/graph.ts" → "src/onnx", "bench/fill.ts" → "bench". */
function moduleOf(file: string): string {
  return file
    .split("/")
    .slice(0, file.startsWith("src/") ? 2 : 1)
    .join("/");
}

function isTest(file: string): boolean {
  return /\.test\.tsx?$/.test(file) || file.startsWith("test/");
}

function row(name: string, { source, test, files, longest }: Size): string[] {
  const change = changes.get(name) ?? 0;
  const longestFile = files === 0 ? "" : `${longest.lines} ${longest.path}`;
  return [name, String(source), signed(change), String(test), String(files), longestFile];
}

function totals(): string[] {
  const sum = (of: (size: Size) => number): string =>
    String([...sizes.values()].reduce((total, size) => total + of(size), 0));
  const change = [...changes.values()].reduce((total, value) => total + value, 0);
  const lines = sum((size) => size.source);
  return ["all", lines, signed(change), sum((size) => size.test), sum((size) => size.files), ""];
}

function signed(change: number): string {
  return change === 0 ? "" : `${change > 0 ? "+" : ""}${change}`;
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = HEAD.map((_, i) => Math.max(...rows.map((cells) => (cells[i] ?? "").length)));
  for (const cells of rows) {
    const padded = cells.map((cell, i) => {
      const isText = i === 0 || i === HEAD.length - 1;
      return isText ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
    });
    console.log(padded.join("  ").trimEnd());
  }
}
