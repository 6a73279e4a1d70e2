// Models and versions, where their files are, and who serves them.

export { parseReference } from "./reference.ts";
export { openRegistry, type Registry, type RegistryOptions } from "./registry.ts";
export { announceServer, findServer, withdrawServer, type RunningServer } from "./server-file.ts";
export type {
  Model,
  ModelKind,
  ResolvedVersion,
  Version,
  VersionFacts,
  VersionOrigin,
  VersionState,
} from "./types.ts";
