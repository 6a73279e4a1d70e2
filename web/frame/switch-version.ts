import type { VersionArchive } from "../../src/wire/index.ts";
import { postStable } from "../api/client.ts";
import { serverStatus } from "./status-store.ts";

/** Makes "id@V" the version that answers, and lets the frame say so. @throws RequestFailed */
export async function switchVersion(id: string, force: boolean): Promise<VersionArchive> {
  const archive = await postStable(id, force);
  serverStatus.switchedTo(archive);
  return archive;
}
