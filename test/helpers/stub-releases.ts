// Releases of the stub's model over a fleet in this process, on a clock of the test's own.

import { silentLogger } from "../../src/base/index.ts";
import type { ResolvedVersion } from "../../src/registry/index.ts";
import { Releases, type ReleasesOptions } from "../../src/serving/release/releases.ts";
import type { FakeTimer } from "./fake-timer.ts";
import { STUB_VERSIONS } from "./stub-versions.ts";

/** "id@V" is version V in "dir-V", "id" the stable one. */
export async function resolveStub(reference: string): Promise<ResolvedVersion> {
  const version = reference.split("@")[1] ?? STUB_VERSIONS.stable;
  return { id: STUB_VERSIONS.id, version, directory: `dir-${version}` };
}

type Wanted = Pick<ReleasesOptions, "fleet" | "settings"> &
  Partial<ReleasesOptions> & { readonly timer: FakeTimer };

/** Where no store is given, nothing is kept. */
export function createReleases(wanted: Wanted): Releases {
  const { timer } = wanted;
  return new Releases({
    registry: { resolve: resolveStub, showModel: async () => STUB_VERSIONS },
    store: { newest: async () => [], save: async () => {} },
    clock: { nowMs: () => timer.monotonicMs(), monotonicMs: () => timer.monotonicMs() },
    logger: silentLogger,
    ...wanted,
  });
}
