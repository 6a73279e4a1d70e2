// The suites that versions of a model are measured on, with a way to add one's own and remove it.

import { Button } from "@mantine/core";
import { useEffect, useId, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { deleteSuite, getSuites, postSuite } from "../api/client.ts";
import { FailureNotice } from "../frame/notices.tsx";
import { useConfirm } from "../frame/use-confirm.ts";
import { useLanguage } from "../language/language.tsx";
import done from "../style/done.module.css";
import field from "../style/field.module.css";
import table from "../style/table.module.css";
import classes from "./suite-panel.module.css";
import {
  createSuiteSession,
  NAME_CHARACTERS_MAX,
  proposedName,
  type Suite,
  type SuiteOutcome,
  type SuiteSession,
} from "./suite-session.ts";

export function SuitePanel({ model }: { readonly model: string }): ReactNode {
  const { suites: words } = useLanguage().messages;
  const [session] = useState(() =>
    createSuiteSession(model, { list: getSuites, add: postSuite, remove: deleteSuite }),
  );
  const { suites, failure, isActing, outcome } = useSyncExternalStore(
    session.subscribe,
    session.state,
  );
  useEffect(() => {
    void session.load();
    return session.close;
  }, [session]);
  return (
    <section className={classes.panel} aria-labelledby="suites-title">
      <h2 id="suites-title">{words.title}</h2>
      <p className={classes.soft}>{words.intro}</p>
      {failure !== undefined ? (
        <FailureNotice failure={failure} onRetry={() => void session.load()} />
      ) : suites === undefined ? (
        <p className={classes.soft}>{words.loading}</p>
      ) : (
        <>
          <Suites suites={suites} isActing={isActing} onRemove={(name) => session.remove(name)} />
          <AddForm session={session} isActing={isActing} />
        </>
      )}
      <output
        className={done.done}
        data-failed={outcome?.kind === "failed" || outcome?.kind === "unreadable" || undefined}
      >
        {outcome === undefined ? null : <Outcome outcome={outcome} />}
      </output>
    </section>
  );
}

function Outcome({ outcome }: { readonly outcome: SuiteOutcome }): ReactNode {
  const { suites, fill } = useLanguage().messages;
  if (outcome.kind === "unreadable") return suites.unreadable;
  if (outcome.kind !== "failed") return suites[outcome.kind](outcome.name);
  const { message, kind } = outcome.failure;
  return suites.failed(message ?? fill.failures[kind].title);
}

interface SuitesProps {
  readonly suites: readonly Suite[];
  readonly isActing: boolean;
  readonly onRemove: (name: string) => Promise<void>;
}

function Suites({ suites, isActing, onRemove }: SuitesProps): ReactNode {
  const { suites: words, probes } = useLanguage().messages;
  return (
    <>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col" data-text>
              {words.name}
            </th>
            <th scope="col">{words.count}</th>
            <th scope="col" data-text>
              {words.kind}
            </th>
            <th scope="col" data-text>
              <span className={classes.hidden}>{words.acts}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {suites.map(({ name, kind, count }) => (
            <tr key={name}>
              <th scope="row">{kind === "own" ? name : (probes.suites[name] ?? name)}</th>
              <td>{count ?? words.unreadableFile}</td>
              <td data-text>{probes.kinds[kind]}</td>
              <td data-text>
                {kind === "own" ? (
                  <Remove name={name} disabled={isActing} onConfirm={() => void onRemove(name)} />
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {suites.some(({ kind }) => kind === "own") ? null : (
        <p className={classes.soft}>{words.none}</p>
      )}
    </>
  );
}

interface RemoveProps {
  readonly name: string;
  readonly disabled: boolean;
  readonly onConfirm: () => void;
}

function Remove({ name, disabled, onConfirm }: RemoveProps): ReactNode {
  const { suites } = useLanguage().messages;
  const { isAsked, handlers } = useConfirm(onConfirm);
  const shown = isAsked ? suites.confirmRemove : suites.remove;
  return (
    <button
      type="button"
      className={classes.remove}
      data-danger={isAsked || undefined}
      aria-label={suites.about(shown, name)}
      disabled={disabled}
      {...handlers}
    >
      {shown}
    </button>
  );
}

interface AddFormProps {
  readonly session: SuiteSession;
  readonly isActing: boolean;
}

function AddForm({ session, isActing }: AddFormProps): ReactNode {
  const { suites } = useLanguage().messages;
  const id = useId();
  const chooser = useRef<HTMLInputElement>(null);
  const [name, setName] = useState("");
  const [file, setFile] = useState<File>();
  const add = async (chosen: File): Promise<void> => {
    if (!(await session.add(name.trim(), chosen))) return;
    setName("");
    setFile(undefined);
    if (chooser.current !== null) chooser.current.value = "";
  };
  return (
    <form
      className={classes.form}
      aria-label={suites.addTitle}
      onSubmit={(event) => {
        event.preventDefault();
        if (file !== undefined) void add(file);
      }}
    >
      <label htmlFor={`${id}-file`}>{suites.file}</label>
      <input
        id={`${id}-file`}
        ref={chooser}
        type="file"
        accept=".jsonl"
        onChange={({ currentTarget }) => {
          const chosen = currentTarget.files?.[0];
          setFile(chosen);
          if (chosen !== undefined && name === "") setName(proposedName(chosen.name));
        }}
      />
      <label htmlFor={`${id}-name`}>{suites.name}</label>
      <input
        id={`${id}-name`}
        className={field.field}
        maxLength={NAME_CHARACTERS_MAX}
        spellCheck={false}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <Button
        type="submit"
        variant="default"
        size="sm"
        disabled={isActing || file === undefined || name.trim() === ""}
      >
        {suites.add}
      </Button>
    </form>
  );
}
