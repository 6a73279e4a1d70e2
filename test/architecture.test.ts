// The rules of ARCHITECTURE.md as a program: who may import whom, which module is the only door to
// what, how long a file may be. Each message says what is allowed, so that one can mend from it.

import { describe, expect, it } from "vitest";
import { packageOf, readSourceFiles, readText, type SourceFile } from "./helpers/source-files.ts";

/** A module imports modules of lower rank only, through their index.ts. */
const RANKS: readonly (readonly string[])[] = [
  ["base"],
  ["config", "wire", "onnx", "tokenizer", "integrity", "jobs"],
  ["checkpoint", "autodiff", "runtime", "registry"],
  ["models"],
  ["tasks", "feedback"],
  ["training", "serving"],
  ["loop"],
  ["server"],
  ["configured.ts", "listening.ts"],
  ["app.ts"],
  ["cli", "index.ts"],
];
const PURE = ["base", "wire", "config", "onnx", "tokenizer", "autodiff"];
const ENVIRONMENT = /\bprocess\.(env|argv|exit|stdin|stdout|stderr)\b|\bconsole\.|"node:process"/;
/** The engine takes its maker's telemetry off by nothing but a variable of the environment. */
const TELL_THE_ENGINE = "src/runtime/no-telemetry.ts";
/** What is added for a child process comes beside what it inherits. */
const START_A_CHILD = "src/jobs/child.ts";
const OPEN_FILES = [TELL_THE_ENGINE, START_A_CHILD];
/** The file that others may import: a module's index.ts, or that of one task. */
const DOOR = /^src\/([^/]+|[^/]+\/index|tasks\/[^/]+\/index)\.ts$/;
const MAX_LINES = 600;
const MAX_COLUMNS = 100;
/** Generated files and tables, which nobody reads from top to bottom. */
const LONG_FILES = ["src/onnx/proto/onnx_pb.d.ts"];

const everything = readSourceFiles(
  "src",
  "web",
  "extension",
  "scripts",
  "bench",
  "test",
  "examples",
);
const source = everything.filter((file) => file.path.startsWith("src/") && !isTest(file));
const web = everything.filter((file) => file.path.startsWith("web/") && !isTest(file));
const doors = readDoors();
const rankOf = new Map(RANKS.flatMap((names, rank) => names.map((name) => [name, rank] as const)));

describe("the source tree", () => {
  it("has only modules with a rank", () => {
    const unranked = paths(source)
      .map(moduleOf)
      .filter((name) => !rankOf.has(name));
    expect([...new Set(unranked)], `ranks:\n${RANKS.join("\n")}`).toEqual([]);
  });

  it("imports downwards only, through the index of the other module", () => {
    const wrong = source.flatMap((file) =>
      file.imports.flatMap(({ target }) =>
        target === undefined ? [] : upwardImport(file, target),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it("has no cycles between files", () => {
    expect(findCycles(source)).toEqual([]);
  });

  it("opens each package through its door in docs/dependencies.md", () => {
    expect([...source, ...web].flatMap(packagesOutsideTheirDoor)).toEqual([]);
  });

  it("has a row in docs/dependencies.md for every direct dependency, and no other row", () => {
    const manifest = JSON.parse(readText("package.json")) as Record<string, object | undefined>;
    const direct = ["dependencies", "devDependencies"].flatMap((k) =>
      Object.keys(manifest[k] ?? {}),
    );
    expect([...doors.keys()].toSorted()).toEqual(direct.toSorted());
  });

  it("does no I/O in the pure modules", () => {
    const impure = source
      .filter((file) => PURE.includes(moduleOf(file.path)))
      .filter((file) => file.imports.some((i) => i.specifier.startsWith("node:")));
    expect(paths(impure), `no node:* in ${PURE.join(", ")}`).toEqual([]);
  });

  it("meets the environment only in cli and in *.main.ts", () => {
    const isOpen = ({ path }: SourceFile): boolean =>
      moduleOf(path) === "cli" || path.endsWith(".main.ts") || OPEN_FILES.includes(path);
    const closed = source.filter((f) => !isOpen(f));
    expect(paths(closed.filter((f) => ENVIRONMENT.test(code(f))))).toEqual([]);
  });

  it("throws errors that carry a code", () => {
    const bare = source.filter((f) => /throw new (Error|TypeError|RangeError)\(/.test(code(f)));
    expect(paths(bare), "use AppError or invariant of src/base").toEqual([]);
  });

  it("names every export", () => {
    const starred = source.filter((f) => /^export \*/m.test(f.text));
    expect(paths(starred), "no `export *`").toEqual([]);
  });

  it("keeps the console to web, src/wire and src/base", () => {
    const wrong = web
      .flatMap((file) => file.imports.map((i) => ({ file: file.path, target: i.target ?? "web/" })))
      .filter(({ target }) => !/^(web\/|src\/(wire|base)\/index\.ts$)/.test(target));
    expect(wrong, "web imports itself, src/wire/index.ts and src/base/index.ts").toEqual([]);
  });

  it("has files that can be read in one sitting", () => {
    const long = everything.filter((f) => lineCount(f) > MAX_LINES && !LONG_FILES.includes(f.path));
    expect(paths(long), `at most ${MAX_LINES} lines`).toEqual([]);
  });

  it("has lines that fit beside another file", () => {
    const wide = source.filter((f) => !LONG_FILES.includes(f.path)).flatMap(wideLines);
    expect(wide, `at most ${MAX_COLUMNS} columns`).toEqual([]);
  });

  it("has no folder for what has no name", () => {
    const vague = paths(everything).filter((p) => /\/(utils?|helpers?|common|lib|misc)\//.test(p));
    expect(vague.filter((p) => !p.startsWith("test/helpers/"))).toEqual([]);
  });
});

function upwardImport(file: SourceFile, target: string): string[] {
  const here = moduleOf(file.path);
  const there = moduleOf(target);
  if (there === here) return [];
  const rank = rankOf.get(here) ?? 0;
  const allowed = RANKS.slice(0, rank).flat();
  if (allowed.includes(there) && DOOR.test(target)) return [];
  return [`${file.path} (rank ${rank}) imports ${target}; allowed: index.ts of ${allowed.join()}`];
}

function packagesOutsideTheirDoor(file: SourceFile): string[] {
  return file.imports
    .filter((i) => i.target === undefined && !i.specifier.startsWith("node:"))
    .map((i) => ({ name: packageOf(i.specifier), open: doors.get(packageOf(i.specifier)) ?? [] }))
    .filter(({ open }) => !open.some((door) => file.path.startsWith(door)))
    .map(({ name, open }) => `${file.path} imports ${name}; its doors: ${open.join() || "none"}`);
}

/** Rows of docs/dependencies.md: | `package` | `door`, `door` | why |. */
function readDoors(): ReadonlyMap<string, readonly string[]> {
  const rows = readText("docs/dependencies.md").matchAll(/^\| `([^`]+)` +\| ([^|]+) \|/gm);
  const unquoted = (cell: string): string[] =>
    [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? "");
  return new Map([...rows].map(([, name = "", cell = ""]) => [name, unquoted(cell)]));
}

/** Cycles of imports that exist at run time, each as "a → b → a"; depth-first, each file once. */
function findCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(" → "));
    if (seen.has(path)) return;
    seen.add(path);
    for (const { target, isTypeOnly } of byPath.get(path)?.imports ?? []) {
      if (target !== undefined && !isTypeOnly) visit(target, [...trail, path]);
    }
  };
  for (const file of files) visit(file.path, []);
  return cycles;
}

function moduleOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function isTest(file: SourceFile): boolean {
  return /\.test\.tsx?$/.test(file.path);
}

function paths(files: readonly SourceFile[]): string[] {
  return files.map((file) => file.path);
}

/** The text without comments, so that words in prose are not taken for code. */
function code(file: SourceFile): string {
  return file.text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
}

function lineCount(file: SourceFile): number {
  return file.text.trimEnd().split("\n").length;
}

/** "path:line" of lines that are too wide; an address cannot be broken. */
function wideLines(file: SourceFile): string[] {
  return file.text
    .split("\n")
    .map((line, i) => ({ line, at: `${file.path}:${i + 1}` }))
    .filter(({ line }) => [...line].length > MAX_COLUMNS && !line.includes("://"))
    .map(({ at }) => at);
}
