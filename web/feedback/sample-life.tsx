// The life of a sample: when it came, was scrubbed, waited, was taken by a run and learned.

import { useState, type ReactNode } from "react";
import type { SampleDetails } from "../../src/wire/index.ts";
import { getSample } from "../api/client.ts";
import { useLanguage } from "../language/language.tsx";
import classes from "./sample-list.module.css";

interface SampleLifeProps {
  readonly id: string;
  /** Its text, for screen readers. */
  readonly about: string;
}

export function SampleLife({ id, about }: SampleLifeProps): ReactNode {
  const { locale, messages } = useLanguage();
  const { feedback } = messages;
  const [details, setDetails] = useState<SampleDetails | "failed">();
  const load = async (): Promise<void> => {
    // Looked up each time: it may have gone on since.
    setDetails(await getSample(id).catch(() => "failed" as const));
  };
  return (
    <details
      className={classes.life}
      onToggle={({ currentTarget }) => void (currentTarget.open && load())}
    >
      <summary aria-label={feedback.about(feedback.life, about)}>{feedback.life}</summary>
      {details === undefined ? null : details === "failed" ? (
        <p>{feedback.lifeFailed}</p>
      ) : (
        <ol>
          {details.events.map(({ state, hold, at }) => (
            <li key={`${state} ${hold} ${at}`}>
              {feedback.lifeStates[state]}
              {hold === null ? null : ` · ${feedback.holds[hold]}`}{" "}
              <time dateTime={at}>{new Date(at).toLocaleString(locale)}</time>
            </li>
          ))}
          {details.learnedBy.map(({ model, version }) => (
            <li key={version}>{feedback.learnedBy(`${model}@${version}`)}</li>
          ))}
        </ol>
      )}
    </details>
  );
}
