// The health archive of one version: what it is weak in, what it gained and lost, what it was made of,
// and the switch to it.

import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { VersionArchive } from "../../src/wire/index.ts";
import { addressOf } from "../frame/rooms.ts";
import { useConfirm } from "../frame/use-confirm.ts";
import { useLanguage } from "../language/language.tsx";
import { formatBytes } from "../language/bytes.ts";
import { ReleaseOptions } from "../releases/release-options.tsx";
import { MetricsTable } from "./archive-figures.tsx";
import { Latency } from "./archive-latency.tsx";
import { Limits } from "./archive-limits.tsx";
import { Origins } from "./archive-origins.tsx";
import classes from "./archive-page.module.css";
import { Questions } from "./archive-probes.tsx";
import { DataSources, Lineage, Record, Releases } from "./archive-record.tsx";
import { Comparison } from "./comparison.tsx";
import { GateReasons } from "./gate-reasons.tsx";
import { StateBadge } from "./state-badge.tsx";
import type { VersionsSession, VersionsState } from "./versions-session.ts";

interface ArchivePageProps {
  readonly session: VersionsSession;
  readonly state: VersionsState;
  readonly archive: VersionArchive;
}

export function ArchivePage({ session, state, archive }: ArchivePageProps): ReactNode {
  const { versions } = useLanguage().messages;
  const { titles } = versions;
  return (
    <div className={classes.page}>
      <Head session={session} state={state} archive={archive} />
      <Section title={titles.limits}>
        <Limits
          key={`${archive.model}@${archive.version}`}
          limits={archive.limits}
          isActing={state.isActing}
          onNote={(text) => void session.writeNote(text)}
        />
      </Section>
      <Section title={titles.metrics}>
        <MetricsTable archive={archive} />
        <Latency archive={archive} />
      </Section>
      <Section title={titles.drift}>
        <Questions archive={archive} />
      </Section>
      <Section title={titles.compare}>
        <Comparison archive={archive} versions={state.versions ?? []} />
      </Section>
      <Section title={titles.data}>
        <DataSources archive={archive} />
        <Origins archive={archive} />
      </Section>
      <Section title={titles.lineage}>
        <Lineage archive={archive} />
      </Section>
      <Section title={titles.releases}>
        <Releases archive={archive} />
      </Section>
      <Section title={titles.record}>
        <Record archive={archive} />
      </Section>
    </div>
  );
}

function Head({ session, state, archive }: ArchivePageProps): ReactNode {
  const { locale, messages } = useLanguage();
  const { versions, frame, fill } = messages;
  const { model, version, sha256, sizeBytes, createdAt } = archive;
  const { refusal, done } = state;
  return (
    <header className={classes.head}>
      <a className={classes.back} href={addressOf("versions")}>
        ← {versions.all}
      </a>
      <h1>
        <span>{frame.version(version)}</span> <span className={classes.model}>{model}</span>{" "}
        <StateBadge version={archive} />
      </h1>
      <p className={classes.facts}>
        <span>{new Date(createdAt).toLocaleString(locale)}</span>
        <span>{versions.madeFrom(archive)}</span>
        <span>{formatBytes(sizeBytes)}</span>
        <span title={sha256}>SHA-256 {sha256.slice(0, 12)}…</span>
      </p>
      <p className={classes.actions}>
        <Use
          archive={archive}
          isActing={state.isActing}
          onUse={(force) => void session.makeStable(force)}
          onRelease={() => void session.release()}
        />
        {(["markdown", "json"] as const).map((format) => (
          <Button
            key={format}
            variant="default"
            size="sm"
            disabled={state.isActing}
            onClick={() => void session.save(format)}
          >
            {versions.download[format]}
          </Button>
        ))}
      </p>
      {archive.state === "refused" ? (
        <div className={classes.refused}>
          <p>{versions.notReleased}</p>
          {archive.gate === null ? null : <GateReasons gate={archive.gate} />}
        </div>
      ) : null}
      {archive.isStable || archive.state === "cleaned" ? null : (
        <ReleaseOptions
          key={`${model}@${version}`}
          model={model}
          version={version}
          isRefused={archive.state === "refused"}
          isActing={state.isActing}
          onRelease={(wish) => void session.release(wish)}
        />
      )}
      <output className={classes.done} data-failed={refusal !== undefined || undefined}>
        {refusal === undefined
          ? done === undefined
            ? null
            : versions.done[done](version)
          : versions.failed(refusal.message ?? fill.failures[refusal.kind].title)}
      </output>
    </header>
  );
}

interface UseProps {
  readonly archive: VersionArchive;
  readonly isActing: boolean;
  readonly onUse: (force: boolean) => void;
  readonly onRelease: () => void;
}

/** Releases the version, or makes it stable at once; against the gate only with a second press. */
function Use({ archive, isActing, onUse, onRelease }: UseProps): ReactNode {
  const { isStable, state, version } = archive;
  const { versions } = useLanguage().messages;
  const { isAsked, handlers } = useConfirm(() => onUse(true));
  if (isStable || state === "cleaned") return null;
  if (state === "ready") {
    return (
      <>
        <Button size="sm" disabled={isActing} onClick={onRelease}>
          {versions.release(version)}
        </Button>
        <Button variant="default" size="sm" disabled={isActing} onClick={() => onUse(false)}>
          {versions.use(version)}
        </Button>
      </>
    );
  }
  return (
    <Button variant="default" size="sm" disabled={isActing} {...handlers}>
      {isAsked ? versions.confirmForce : versions.force(version)}
    </Button>
  );
}

interface SectionProps {
  readonly title: string;
  readonly children: ReactNode;
}

function Section({ title, children }: SectionProps): ReactNode {
  return (
    <section className={classes.section}>
      <h2 className={classes.label}>{title}</h2>
      <div className={classes.body}>{children}</div>
    </section>
  );
}
