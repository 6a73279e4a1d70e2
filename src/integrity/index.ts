// Whether stored files are still what they were.

export { contentKey, type HashedFile } from "./content-key.ts";
export { hashOf, verifyFiles, writeIntegrity } from "./verify.ts";
