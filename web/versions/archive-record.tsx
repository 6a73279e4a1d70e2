// Where a version comes from: data, ancestors, releases, and what making it again needs.

import type { ReactNode } from "react";
import type { VersionArchive } from "../../src/wire/index.ts";
import { addressOfVersion } from "../frame/rooms.ts";
import { useLanguage } from "../language/language.tsx";
import { MoveList } from "../releases/move-list.tsx";
import table from "../style/table.module.css";
import classes from "./archive-page.module.css";

interface PartProps {
  readonly archive: VersionArchive;
}

/** Counts and hashes, never texts. */
export function DataSources({ archive: { data } }: PartProps): ReactNode {
  const { versions } = useLanguage().messages;
  if (data.length === 0) return <p className={classes.soft}>{versions.unrecorded}</p>;
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col" data-text>
            {versions.source}
          </th>
          <th scope="col">{versions.count}</th>
          <th scope="col" data-text>
            SHA-256
          </th>
        </tr>
      </thead>
      <tbody>
        {data.map(({ kind, suite, count, sha256 }) => (
          <tr key={`${kind} ${suite ?? ""}`}>
            <th scope="row">
              {versions.sources[kind]}
              {suite === null ? null : ` · ${versions.suiteName(suite)}`}
            </th>
            <td>{count ?? "–"}</td>
            <td data-text title={sha256 ?? undefined}>
              {sha256 === null ? "–" : `${sha256.slice(0, 12)}…`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** From this version back to where it all began. */
export function Lineage({ archive }: PartProps): ReactNode {
  const { locale, messages } = useLanguage();
  const { versions, frame } = messages;
  return (
    <ol className={classes.lineage}>
      {[archive, ...archive.lineage].map(({ version, origin, createdAt }, i) => (
        <li key={version}>
          {i === 0 ? (
            frame.version(version)
          ) : (
            <a href={addressOfVersion(`${archive.model}@${version}`)}>{frame.version(version)}</a>
          )}
          <span className={classes.soft}>
            {versions.origins[origin]} · {new Date(createdAt).toLocaleString(locale)}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** When it became stable, and every step of the ways there and back. */
export function Releases({ archive: { releases, moves } }: PartProps): ReactNode {
  const { locale, messages } = useLanguage();
  const { versions } = messages;
  if (releases.length + moves.length === 0)
    return <p className={classes.soft}>{versions.neverReleased}</p>;
  return (
    <>
      {releases.length === 0 ? null : (
        <ul>
          {releases.map((release) => (
            <li key={release.at}>
              {versions.released(new Date(release.at).toLocaleString(locale), release)}
            </li>
          ))}
        </ul>
      )}
      {moves.length === 0 ? null : <MoveList moves={moves} />}
    </>
  );
}

/** How it was trained, on what. */
export function Record({ archive: { training, record } }: PartProps): ReactNode {
  const { versions, training: words } = useLanguage().messages;
  if (training === null) return <p className={classes.soft}>{versions.notTrained}</p>;
  const { facts } = versions;
  const { recipe, seed, epochs, steps, seconds, secondsByPhase, alpha, temperature } = training;
  const names: Readonly<Record<string, string>> = words.phases;
  const phases = Object.entries(secondsByPhase).map(
    ([phase, s]) => `${names[phase] ?? phase} ${s.toFixed(1)} s`,
  );
  const rows: readonly (readonly [string, string | number | null | undefined])[] = [
    [facts.recipe, recipe],
    [facts.seed, seed],
    [facts.epochs, epochs],
    [facts.steps, steps],
    [facts.seconds, seconds === null ? null : `${seconds.toFixed(1)} s`],
    [facts.phases, phases.join(", ") || null],
    [facts.alpha, alpha],
    [facts.temperature, temperature],
    [facts.program, record && `Whetstone ${record.program.version}`],
    [facts.commit, record?.program.commit],
    [facts.engine, record && `ONNX Runtime ${record.engine}, Node.js ${record.node}`],
    [facts.machine, record && `${record.platform}, ${record.processor.join(" ")}`],
    [facts.threads, record?.threads],
  ];
  return (
    <dl className={classes.record}>
      {rows.map(([name, value]) =>
        value === null || value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
