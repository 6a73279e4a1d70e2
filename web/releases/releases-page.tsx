// The Releases room: who answers how much, what both arms do, and the buttons of a release.

import { Button } from "@mantine/core";
import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { getArchive, getDeployments, moveRelease } from "../api/client.ts";
import { followDeployments } from "../api/events.ts";
import { FailureNotice, NoticeBox } from "../frame/notices.tsx";
import { Room } from "../frame/room.tsx";
import { addressOf } from "../frame/rooms.ts";
import { serverStatus } from "../frame/status-store.ts";
import { useLanguage } from "../language/language.tsx";
import { ReleaseSection } from "./release-section.tsx";
import classes from "./releases-page.module.css";
import { createReleasesSession } from "./releases-session.ts";

export function ReleasesPage(): ReactNode {
  const { releases: messages } = useLanguage().messages;
  const [session] = useState(() =>
    createReleasesSession({
      deployments: getDeployments,
      archive: getArchive,
      move: moveRelease,
      events: followDeployments,
    }),
  );
  const state = useSyncExternalStore(session.subscribe, session.state);
  const { deployments, failure, isCutOff } = state;
  useEffect(() => {
    const end = session.follow();
    void session.load();
    return end;
  }, [session]);
  useEffect(() => {
    for (const { model, stable } of deployments ?? []) {
      serverStatus.switchedTo({ model, version: stable });
    }
  }, [deployments]);
  const isEmpty = deployments?.every(({ release }) => release === null);
  return (
    <Room id="releases" intro={messages.intro}>
      {failure === undefined ? null : (
        <FailureNotice failure={failure} onRetry={() => void session.load()} />
      )}
      <output className={classes.done} data-failed>
        {isCutOff ? messages.reconnecting : null}
      </output>
      {deployments === undefined && failure === undefined ? (
        <p className={classes.soft}>{messages.loading}</p>
      ) : null}
      {isEmpty === true ? <Empty /> : null}
      {deployments?.map((deployment) => (
        <ReleaseSection
          key={deployment.model}
          deployment={deployment}
          state={state}
          onMove={(move) => void session.move(deployment.model, move)}
        />
      ))}
    </Room>
  );
}

function Empty(): ReactNode {
  const { releases } = useLanguage().messages;
  return (
    <NoticeBox {...releases.empty}>
      <p className={classes.actions}>
        <Button size="sm" component="a" href={addressOf("training")}>
          {releases.goTraining}
        </Button>
        <Button variant="default" size="sm" component="a" href={addressOf("versions")}>
          {releases.goVersions}
        </Button>
      </p>
    </NoticeBox>
  );
}
