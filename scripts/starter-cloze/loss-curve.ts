// Draws the loss curve of runs that went on from each other as an SVG for the model card.
//
//   npx tsx scripts/starter-cloze/loss-curve.ts --run DIR [--run DIR …] --out FILE.svg
//
// Each run's steps are counted on from the end of the one before it.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { run: { type: "string", multiple: true }, out: { type: "string" } },
});
if (values.run === undefined || values.out === undefined) {
  console.error("usage: loss-curve.ts --run DIR [--run DIR …] --out FILE.svg");
  process.exit(2);
}

interface Point {
  readonly step: number;
  /** Mean of the steps since the last point, nats. */
  readonly loss: number;
}

const points: Point[] = [];
for (const run of values.run) {
  const before = points.at(-1)?.step ?? 0;
  points.push(...pointsOf(run).map(({ step, loss }) => ({ step: before + step, loss })));
}

/** In order; of a step that was done again after the run had been killed, the later one. */
function pointsOf(run: string): Point[] {
  const lines = readFileSync(path.join(run, "loss.jsonl"), "utf8").split("\n");
  const all = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Point);
  const bySteps = new Map(all.map((point) => [point.step, point]));
  return [...bySteps.values()].sort((a, b) => a.step - b.step);
}

const [width, height, margin] = [640, 320, 44];
const steps = Math.max(...points.map(({ step }) => step));
const low = Math.floor(Math.min(...points.map(({ loss }) => loss)));
const high = Math.ceil(Math.max(...points.map(({ loss }) => loss)));
const x = (step: number): number => margin + (step / steps) * (width - 2 * margin);
const y = (loss: number): number =>
  height - margin - ((loss - low) / (high - low)) * (height - 2 * margin);

const grid: string[] = [];
for (let loss = low; loss <= high; loss++) {
  grid.push(
    `<path d="M${margin} ${y(loss)}H${width - margin}" stroke="#ddd"/>` +
      `<text x="${margin - 8}" y="${y(loss) + 4}" text-anchor="end">${loss}</text>`,
  );
}
for (const share of [0, 0.25, 0.5, 0.75, 1]) {
  const step = Math.round(steps * share);
  grid.push(`<text x="${x(step)}" y="${height - margin + 18}" text-anchor="middle">${step}</text>`);
}
const line = points.map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`);
writeFileSync(
  values.out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" ` +
    `font-size="12" fill="#333">\n<rect width="100%" height="100%" fill="#fff"/>\n` +
    `${grid.join("\n")}\n` +
    `<polyline points="${line.join(" ")}" fill="none" stroke="#0b6b5b" stroke-width="1.5"/>\n` +
    `<text x="${width / 2}" y="${height - 8}" text-anchor="middle">steps</text>\n` +
    `<text x="12" y="20">masked loss, nats a token</text>\n</svg>\n`,
);
