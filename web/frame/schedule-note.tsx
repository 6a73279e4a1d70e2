// What the server does by itself, and when next: one line for a task.

import { useEffect, useState, type ReactNode } from "react";
import type { ScheduleResponse } from "../../src/wire/index.ts";
import { getSchedule } from "../api/client.ts";
import { useLanguage } from "../language/language.tsx";
import { Quoted } from "../language/told.tsx";
import classes from "./schedule-note.module.css";

/** Nothing until the server has answered; the room works without. */
export function ScheduleNote({
  task: name,
}: {
  readonly task: "training" | "probes" | "cleaning";
}): ReactNode {
  const { locale, messages } = useLanguage();
  const { schedule: words } = messages;
  const [schedule, setSchedule] = useState<ScheduleResponse>();
  useEffect(() => {
    const leaving = new AbortController();
    getSchedule(leaving.signal).then(setSchedule, () => {});
    return () => leaving.abort();
  }, []);
  const task = schedule?.tasks.find((each) => each.name === name);
  if (schedule === undefined || task === undefined) return null;
  const when = (at: string): string => new Date(at).toLocaleString(locale);
  return (
    <p className={classes.note}>
      <span>{words.rhythm(task, schedule.minSamples)}</span>
      {task.isRunning ? <span>{words.running}</span> : null}
      {task.nextAt === null || task.isRunning ? null : <span>{words.next(when(task.nextAt))}</span>}
      {task.last === null ? null : <Last at={when(task.last.at)} outcome={task.last.outcome} />}
    </p>
  );
}

interface LastProps {
  readonly at: string;
  readonly outcome: string;
}

function Last({ at, outcome }: LastProps): ReactNode {
  const { last } = useLanguage().messages.schedule;
  return (
    <span>
      <Quoted text={outcome} say={(text) => last(at, text)} />
    </span>
  );
}
