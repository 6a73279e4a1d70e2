// What the data directory takes of the disk, and when old files are deleted.

import { useEffect, useState, type ReactNode } from "react";
import type { DiskResponse } from "../../src/wire/index.ts";
import { getDisk } from "../api/client.ts";
import classes from "../frame/schedule-note.module.css";
import { ScheduleNote } from "../frame/schedule-note.tsx";
import { formatBytes } from "../language/bytes.ts";
import { useLanguage } from "../language/language.tsx";

const PARTS = [
  "versionsBytes",
  "stagedBytes",
  "downloadsBytes",
  "activationsBytes",
  "otherBytes",
  "freeBytes",
] as const;

/** Nothing until the server has answered; the room works without. */
export function DiskNote(): ReactNode {
  const { schedule: words } = useLanguage().messages;
  const [use, setUse] = useState<DiskResponse>();
  useEffect(() => {
    const leaving = new AbortController();
    getDisk(leaving.signal).then(setUse, () => {});
    return () => leaving.abort();
  }, []);
  if (use === undefined) return null;
  const parts = PARTS.flatMap((part) => {
    const bytes = use[part];
    return bytes === null || bytes === 0 ? [] : [words.diskParts[part](formatBytes(bytes))];
  });
  return (
    <>
      <p className={classes.note}>
        <span>{words.disk}</span>
        {parts.map((part) => (
          <span key={part}>{part}</span>
        ))}
      </p>
      <ScheduleNote task="cleaning" />
    </>
  );
}
