// `npm run lock`: adds the entries that package-lock.json lacks for other platforms. npm leaves out an
// optional package that its registry does not carry; `npm ci` then refuses the lock file everywhere.
// The entries get no hash, so npm checks those packages by version alone.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const FILE = path.resolve(import.meta.dirname, "../package-lock.json");
const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openharmony", "win32"];
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64"];

const lock = JSON.parse(readFileSync(FILE, "utf8"));
const missing = Object.values(lock.packages).flatMap((entry) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => lock.packages[`node_modules/${name}`] === undefined)
    .map(([name, version]) => [`node_modules/${name}`, platformEntry({ name, version, entry })]),
);
const packages = Object.entries(lock.packages).concat(missing);
packages.sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(packages);
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`added ${missing.length} entries`);

/** The platform is read from the name: "@oxlint/binding-linux-x64-musl". */
function platformEntry({ name, version, entry }) {
  const words = name.split(/[/-]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.find((word) => PROCESSORS.includes(word));
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(
      `${name}@${version} does not name its platform and exact version; add it by hand`,
    );
  }
  const isMusl = words.some((word) => word.startsWith("musl"));
  return {
    version,
    cpu: [cpu],
    ...(entry.dev ? { dev: true } : {}),
    ...(os === "linux" ? { libc: [isMusl ? "musl" : "glibc"] } : {}),
    optional: true,
    os: [os],
  };
}
