// The rooms of the console and their addresses (`#/fill`). A room appears in the navigation as soon
// as it has a page in console.tsx. Hashes, because paths such as /models belong to the interfaces.

export type RoomId = "fill" | "feedback" | "training" | "versions" | "releases";

/** The room that an address names, or the first of `rooms`. */
export function roomAt(hash: string, rooms: readonly RoomId[]): RoomId {
  const name = /^#\/?([a-z]+)/.exec(hash)?.[1];
  return rooms.find((room) => room === name) ?? rooms[0] ?? "fill";
}

/** The archive of a version "id@V" in its room. */
export function addressOfVersion(id: string): string {
  return `${addressOf("versions")}/${encodeURIComponent(id)}`;
}

/** What stands behind the room in an address, as "starter-cloze@2"; undefined where nothing does. */
export function partAt(hash: string): string | undefined {
  const part = /^#\/?[a-z]+\/(.+)$/.exec(hash)?.[1];
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

export function addressOf(room: RoomId): string {
  return `#/${room}`;
}
