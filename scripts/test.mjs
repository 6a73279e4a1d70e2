// `npm test`: installs and builds what is missing, runs every test, then says plainly what was
// skipped and how to have it. The closing line is made from vitest's JSON report, not from its text.
// Plain JavaScript on Node's own modules, because on a fresh clone nothing is installed yet.
// Arguments go to vitest: `npm test -- src/onnx`.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./prepare.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const reportFile = path.join(root, ".cache/test-report.json");
/** Test titles state what they need as "… [needs Chromium: how to have it]"; see test/helpers. */
const NEED = /\[needs ([^\]]+)\]/;

const buildFailed = await prepare({ root }).then(
  () => false,
  (error) => {
    console.log(error.message);
    return true;
  },
);
const exitCode = runVitest(process.argv.slice(2));
const report = readReport();
const skipped = report.tests.filter((test) => test.status === "skipped");
printSkipped(skipped);
const passedCount = report.tests.filter((test) => test.status === "passed").length;
const failedCount = countFailures(report, exitCode) + (buildFailed ? 1 : 0);
console.log(`${passedCount} passed, ${failedCount} failed, ${skipped.length} skipped`);
process.exitCode = failedCount === 0 ? 0 : 1;

/** Unit tests run from source, so they are worth running when the build has failed. */
function runVitest(args) {
  mkdirSync(path.dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
  if (!existsSync(vitest)) return 0;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  const command = [vitest, "run", ...reporters, ...args];
  return spawnSync(process.execPath, command, { cwd: root, stdio: ["ignore", 1, 2] }).status;
}

/** The report as flat tests `{title, status: passed | failed | skipped}` and broken files. */
function readReport() {
  let json;
  try {
    json = JSON.parse(readFileSync(reportFile, "utf8"));
  } catch {
    return { tests: [], brokenFiles: [] };
  }
  const tests = json.testResults.flatMap((file) =>
    file.assertionResults.map((test) => ({
      title: [...test.ancestorTitles, test.title].join(" > "),
      status: ["passed", "failed"].includes(test.status) ? test.status : "skipped",
    })),
  );
  const isBroken = (file) => file.status === "failed" && file.assertionResults.length === 0;
  return { tests, brokenFiles: json.testResults.filter(isBroken).map((file) => file.name) };
}

/** A file that could not be read counts as one failure, and so does an error outside any test. */
function countFailures({ tests, brokenFiles }, code) {
  for (const file of brokenFiles) console.log(`\nCould not run ${path.relative(root, file)}`);
  const count = tests.filter((test) => test.status === "failed").length + brokenFiles.length;
  if (count > 0 || code === 0) return count;
  console.log(`\nvitest ended with code ${code} although no test failed; its output is above`);
  return 1;
}

function printSkipped(tests) {
  const countByNeed = new Map();
  for (const need of tests.map(needOf)) countByNeed.set(need, (countByNeed.get(need) ?? 0) + 1);
  console.log(tests.length === 0 ? "\nNothing was skipped." : "\nSkipped:");
  for (const [need, count] of countByNeed) console.log(`  ${count} × ${need}`);
}

function needOf(test) {
  const need = NEED.exec(test.title)?.[1];
  return need === undefined ? `without a stated reason: ${test.title}` : `needs ${need}`;
}
