// Saves an archive as a file. A plain link could not send a key.

import { getArchiveFile } from "../api/client.ts";

const ENDINGS = { json: "json", markdown: "md" } as const;
export type ArchiveFormat = keyof typeof ENDINGS;

/** @throws RequestFailed */
export async function saveArchive(id: string, format: ArchiveFormat): Promise<void> {
  const address = URL.createObjectURL(await getArchiveFile(id, format));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${id.replace("@", "-")}.${ENDINGS[format]}`;
  link.click();
  URL.revokeObjectURL(address);
}
