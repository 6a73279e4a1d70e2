import type { ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import classes from "./console.module.css";
import { useServerStatus } from "./server-status.tsx";

/** The last lines of every page: what this is, who answered and how fast, where text goes. */
export function Colophon(): ReactNode {
  const { frame } = useLanguage().messages;
  const { model, version, lastAnswerMs } = useServerStatus();
  return (
    <footer className={classes.colophon}>
      <p>
        <span lang="en">Whetstone</span> — {frame.motto}
      </p>
      <p>
        {model === undefined ? null : (
          <span>
            {frame.model} {model}
            {version === undefined ? null : ` · ${frame.version(version)}`}
            {lastAnswerMs === undefined ? null : ` · ${frame.lastAnswer(Math.round(lastAnswerMs))}`}
          </span>
        )}
        <span>{frame.privacy}</span>
        <a href="/openapi.json">{frame.httpInterface}</a>
      </p>
    </footer>
  );
}
