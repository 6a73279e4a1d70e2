// What a new user does, timed: clone, `npm start`, one fill, stop. Clones the commit that is checked out;
// changes that are not committed do not take part. Exits with 1 when any step fails, or the fill comes
// later after `npm start` than START_SECONDS_MAX; 90 is what a machine that has the packages should keep.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const START_AIM_SECONDS = 90;
/** Well above the aim: how fast packages come is not ours to say. */
const START_SECONDS_MAX = Number(process.env.START_SECONDS_MAX ?? 180);
const STOP_LIMIT_MS = 10_000;
const POLL_MS = 250;
const TEXT = "春风又绿江南[MASK]，明月何时照我还。";

const folder = mkdtempSync(path.join(tmpdir(), "whetstone-clone-"));
const startedMs = Date.now();
try {
  const clone = path.join(folder, "whetstone");
  execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${ROOT}`, clone]);
  report("cloned");
  await startAndFill(clone);
  report("stopped");
} catch (error) {
  console.log(`fresh clone: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function startAndFill(clone) {
  const port = await freePort();
  const spawnedMs = Date.now();
  const server = spawn("npm", ["start", "--", "--port", String(port)], {
    cwd: clone,
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
  let end;
  const ended = new Promise((resolve) => {
    server.on("exit", (code) => resolve(`npm start ended with code ${code}`));
    server.on("error", (error) => resolve(`npm did not start: ${error.message}`));
  }).then((reason) => (end = reason));
  try {
    const base = `http://127.0.0.1:${port}`;
    await untilHealthy(base, spawnedMs, () => end);
    report("GET /healthz answers 200");
    await fillOnce(base);
    const seconds = (Date.now() - spawnedMs) / 1000;
    const limits = `aim: ${START_AIM_SECONDS} s, limit: ${START_SECONDS_MAX} s`;
    report(`that is ${seconds.toFixed(1)} s after npm start; ${limits}`);
    if (seconds > START_SECONDS_MAX) throw new Error(`the first fill came too late; ${limits}`);
  } finally {
    await stop(server, ended);
  }
}

/** `endOf()` is why the server has ended, undefined while it runs. */
async function untilHealthy(base, spawnedMs, endOf) {
  while (Date.now() - spawnedMs < START_SECONDS_MAX * 1000) {
    const response = await fetch(`${base}/healthz`).catch(() => undefined);
    if (response?.status === 200) return;
    if (endOf() !== undefined) throw new Error(endOf());
    await sleep(POLL_MS);
  }
  throw new Error(`/healthz did not answer 200 within ${START_SECONDS_MAX} s of npm start`);
}

async function fillOnce(base) {
  const response = await fetch(`${base}/api/fill`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: TEXT }),
  });
  const body = await response.text();
  const candidates = response.status === 200 ? JSON.parse(body).candidates : undefined;
  if (!Array.isArray(candidates) || candidates.length === 0) {
    throw new Error(`POST /api/fill answered ${response.status}: ${body.slice(0, 500)}`);
  }
  report(`POST /api/fill answers ${candidates.map((candidate) => candidate.text).join(" ")}`);
}

/** Ends the whole process group, which npm does not do for its children everywhere. */
async function stop(server, ended) {
  if (server.pid === undefined) return;
  signalGroup(server.pid, "SIGTERM");
  const stopped = await Promise.race([ended, sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
  signalGroup(server.pid, "SIGKILL");
  if (stopped === undefined)
    throw new Error(`SIGTERM did not stop it in ${STOP_LIMIT_MS / 1000} s`);
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // Everything in the group has ended already.
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function report(what) {
  console.log(`${((Date.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${what}`);
}
