// Makes a clone runnable: installs packages that are missing and builds when dist/ does not match the
// sources. Plain JavaScript on Node's own modules, because it runs before anything is installed.
// Silent when there is nothing to do; everything it says goes to stderr. As a program it takes
// `--force`, which builds whether or not it must.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isBuilt, buildInto } from "./build.mjs";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];
const LOCK_POLL_MS = 200;
/** A lock without a process id is one that is being taken right now, unless it is older than this. */
const LOCK_GRACE_MS = 10_000;

/**
 * Installs and builds what is missing under `root`; returns when dist/ is current. Any number of
 * processes may call it at once: one works, the others wait for it.
 */
export async function prepare({ root = ROOT, force = false, say = sayToStderr } = {}) {
  refuseOldNode();
  if (!force && isInstalled(root) && isBuilt(root)) return;
  await holdingLock({ folder: path.join(root, ".cache/prepare.lock"), say }, async () => {
    if (!isInstalled(root)) await install({ root, say });
    if (force || !isBuilt(root)) {
      say("building …");
      const startedMs = Date.now();
      await buildInto({ root, run: runQuietly });
      say(`built in ${seconds(startedMs)}`);
    }
  });
}

/** {@link prepare}, with a failure told in one line and exit code 1. */
export async function prepareOrExit(options) {
  try {
    await prepare(options);
  } catch (error) {
    sayToStderr(error.message);
    process.exit(1);
  }
}

/** Whether every package that the lock file asks of this platform is there in its version. */
export function isInstalled(root) {
  const installed = readJson(path.join(root, "node_modules/.package-lock.json"));
  const wanted = readJson(path.join(root, "package-lock.json"));
  if (wanted === undefined) return true;
  if (installed === undefined) return false;
  return Object.entries(wanted.packages).every(([name, entry]) => {
    if (name === "" || entry.optional || entry.devOptional || entry.peer) return true;
    return installed.packages[name]?.version === entry.version;
  });
}

async function install({ root, say }) {
  // `npm ci` starts by deleting node_modules, under the feet of anything that runs from it.
  const command = existsSync(path.join(root, "node_modules")) ? "install" : "ci";
  say("installing packages, which takes about half a minute …");
  const startedMs = Date.now();
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  await runQuietly("npm", [command, "--include=dev", ...quiet], root);
  say(`installed in ${seconds(startedMs)}`);
}

/** Runs a program and shows what it printed only when it fails. */
function runQuietly(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const onWindows = process.platform === "win32";
    const child = spawn(program, args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      shell: onWindows,
    });
    const printed = [];
    child.stdout.on("data", (chunk) => printed.push(chunk));
    child.stderr.on("data", (chunk) => printed.push(chunk));
    child.on("error", (error) => reject(new Error(`${program} did not start: ${error.message}`)));
    child.on("close", (code) => {
      if (code === 0) {
        resolve();
        return;
      }
      process.stderr.write(Buffer.concat(printed));
      const line = [path.basename(program), ...args].join(" ");
      reject(new Error(`\`${line}\` ended with code ${code}; its output is above`));
    });
  });
}

/** Runs `task` while holding a lock folder; a folder whose process is gone is taken over. */
async function holdingLock({ folder, say }, task) {
  mkdirSync(path.dirname(folder), { recursive: true });
  for (let waited = false; !takeLock(folder); waited = true) {
    if (holderIsGone(folder)) rmSync(folder, { recursive: true, force: true });
    else {
      if (!waited) say("another process installs or builds; waiting for it …");
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  }
  try {
    await task();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** mkdir is the atomic step: exactly one process makes the folder. */
function takeLock(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw new Error(`cannot write ${folder}: ${error.message}`, { cause: error });
  }
  writeFileSync(path.join(folder, "pid"), String(process.pid));
  return true;
}

function holderIsGone(folder) {
  try {
    const pid = Number(readFileSync(path.join(folder, "pid"), "utf8"));
    if (pid > 0) return !isAlive(pid);
  } catch {
    // The holder has made the folder and not written its id yet, or has just left.
  }
  try {
    return Date.now() - statSync(folder).mtimeMs > LOCK_GRACE_MS;
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(
    `Node ${process.versions.node} is too old: Node ${OLDEST_NODE.join(".")} or newer is needed ` +
      "(https://nodejs.org)",
  );
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function seconds(startedMs) {
  return `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
}

function sayToStderr(message) {
  process.stderr.write(`whetstone: ${message}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await prepareOrExit({ force: process.argv.includes("--force") });
}
