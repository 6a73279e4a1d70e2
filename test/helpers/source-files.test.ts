import { describe, expect, it } from "vitest";
import { importsOf, packageOf } from "./source-files.ts";

describe("importsOf", () => {
  const specifiers = (text: string): string[] =>
    importsOf("src/onnx/codec.ts", text).map((found) => found.specifier);

  it("finds every form of import and export", () => {
    const text = [
      'import "./a.ts";',
      'import { b } from "./b.ts";',
      "import {\n  c,\n  type C,\n} from './c.ts';",
      'import type { D } from "./d.ts";',
      'export { e } from "./e.ts";',
      'export * from "./f.ts";',
      'const g = await import("./g.ts");',
    ].join("\n");
    expect(specifiers(text)).toEqual(["a", "b", "c", "d", "e", "f", "g"].map((x) => `./${x}.ts`));
  });

  it("takes no string after an export for an import", () => {
    expect(specifiers('export const from = "x";\nexport const TEXT =\n  "y";')).toEqual([]);
  });

  it("resolves local targets from the root and leaves packages alone", () => {
    const [local, library] = importsOf(
      "src/onnx/codec.ts",
      'import { a } from "../base/index.ts";\nimport type { b } from "fastify";',
    );
    expect(local).toEqual({
      specifier: "../base/index.ts",
      target: "src/base/index.ts",
      isTypeOnly: false,
    });
    expect(library).toEqual({ specifier: "fastify", target: undefined, isTypeOnly: true });
  });
});

describe("packageOf", () => {
  it("keeps the scope and drops the path inside the package", () => {
    expect(packageOf("@fastify/static/index.js")).toBe("@fastify/static");
    expect(packageOf("pino/file")).toBe("pino");
  });
});
