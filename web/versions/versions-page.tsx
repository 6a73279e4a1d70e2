// The Versions room: the versions of a model, and the health archive of one.

import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { getArchive, getModels, getVersions, postNote } from "../api/client.ts";
import { FailureNotice } from "../frame/notices.tsx";
import { ModelChoice, Room } from "../frame/room.tsx";
import { useAddressPart } from "../frame/use-address.ts";
import { switchVersion } from "../frame/switch-version.ts";
import { startRelease } from "../releases/start-release.ts";
import { useLanguage } from "../language/language.tsx";
import { ArchivePage } from "./archive-page.tsx";
import { DiskNote } from "./disk-note.tsx";
import { ProbePanel } from "./probe-panel.tsx";
import { saveArchive } from "./save-archive.ts";
import { SuitePanel } from "./suite-panel.tsx";
import { VersionList } from "./version-list.tsx";
import classes from "./versions-page.module.css";
import { createVersionsSession } from "./versions-session.ts";

export function VersionsPage(): ReactNode {
  const { versions: messages } = useLanguage().messages;
  const opened = useAddressPart();
  const [session] = useState(() =>
    createVersionsSession({
      models: getModels,
      versions: getVersions,
      archive: getArchive,
      note: postNote,
      makeStable: switchVersion,
      release: startRelease,
      save: saveArchive,
    }),
  );
  const state = useSyncExternalStore(session.subscribe, session.state);
  useEffect(() => {
    void session.open(opened);
    return session.close;
  }, [session, opened]);
  const { failure, versions, archive, models, model } = state;
  if (failure !== undefined) {
    return (
      <Room id="versions" intro={messages.intro}>
        <FailureNotice failure={failure} onRetry={() => void session.open(opened)} />
      </Room>
    );
  }
  if (opened !== undefined && archive !== undefined) {
    return <ArchivePage session={session} state={state} archive={archive} />;
  }
  return (
    <Room id="versions" intro={messages.intro}>
      <ModelChoice models={models} model={model} onChoose={(next) => void session.choose(next)} />
      {opened !== undefined || versions === undefined || model === undefined ? (
        <p className={classes.soft}>{messages.loading}</p>
      ) : (
        <>
          <VersionList model={model} versions={versions} />
          <DiskNote />
          <ProbePanel key={`probes ${model}`} model={model} />
          <SuitePanel key={`suites ${model}`} model={model} />
        </>
      )}
    </Room>
  );
}
