// Whether stored files are still what they were.

export { contentKey, type HashedFile } from "./content-key.ts";
export {
  hashOf,
  isDerivedWhole,
  listedHash,
  readHashes,
  verifyFiles,
  writeDerivedIntegrity,
  writeIntegrity,
} from "./verify.ts";
