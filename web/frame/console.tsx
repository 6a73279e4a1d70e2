// The frame around every room: name, navigation, language and appearance, and who answers.

import { useEffect, useRef, type ReactNode } from "react";
import { keyStore } from "../api/key.ts";
import { FeedbackPage } from "../feedback/feedback-page.tsx";
import { FillPage } from "../fill/fill-page.tsx";
import { useLanguage } from "../language/language.tsx";
import { ReleasesPage } from "../releases/releases-page.tsx";
import { TrainingPage } from "../training/training-page.tsx";
import { VersionsPage } from "../versions/versions-page.tsx";
import { Colophon } from "./colophon.tsx";
import classes from "./console.module.css";
import { KeyForm, useKeyProblem } from "./key-form.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { RoomBoundary } from "./room-boundary.tsx";
import { addressOf, partAt, roomAt, type RoomId } from "./rooms.ts";
import { SchemeSwitch } from "./scheme-switch.tsx";
import { ServerStatus } from "./server-status.tsx";
import { useHash } from "./use-address.ts";

/** The rooms that exist, in the order of the navigation. */
const PAGES: ReadonlyMap<RoomId, ReactNode> = new Map([
  ["fill", <FillPage key="fill" />],
  ["feedback", <FeedbackPage key="feedback" />],
  ["training", <TrainingPage key="training" />],
  ["versions", <VersionsPage key="versions" />],
  ["releases", <ReleasesPage key="releases" />],
]);

export function Console(): ReactNode {
  const { frame } = useLanguage().messages;
  const hash = useHash();
  const room = roomAt(hash, [...PAGES.keys()]);
  const part = partAt(hash);
  const keyProblem = useKeyProblem();
  useEffect(() => {
    const names = [part, frame.rooms[room], "Whetstone"];
    document.title = names.filter((name) => name !== undefined).join(" · ");
  }, [frame, room, part]);
  useEffect(() => {
    // Whoever goes elsewhere has not wanted another key after all.
    const leave = (): void => {
      if (keyStore.state().problem === "weak") keyStore.keep();
    };
    addEventListener("hashchange", leave);
    return () => removeEventListener("hashchange", leave);
  }, []);
  useFocusAfter(`${hash} ${keyProblem ?? ""}`);
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#content" onClick={skipToContent}>
        {frame.skipToContent}
      </a>
      <header className={classes.header}>
        <a className={classes.name} href={addressOf("fill")} lang="en">
          Whetstone
        </a>
        <nav className={classes.rooms} aria-label={frame.roomsLabel}>
          {[...PAGES.keys()].map((id) => (
            <a key={id} href={addressOf(id)} aria-current={id === room ? "page" : undefined}>
              {frame.rooms[id]}
            </a>
          ))}
        </nav>
        <ServerStatus />
        <div className={classes.switches}>
          <LanguageSwitch />
          <SchemeSwitch />
        </div>
      </header>
      <main id="content" className={classes.main} tabIndex={-1}>
        {keyProblem === undefined ? (
          <RoomBoundary key={room} address={hash}>
            {PAGES.get(room)}
          </RoomBoundary>
        ) : (
          <KeyForm problem={keyProblem} />
        )}
      </main>
      <Colophon />
    </div>
  );
}

/** The hash names the room, so the link to the content must not change it. */
function skipToContent(event: { preventDefault: () => void }): void {
  event.preventDefault();
  focusContent();
}

function focusContent(): void {
  document.querySelector<HTMLElement>("#content")?.focus();
}

/**
 * What was pressed may be gone after a change of the place. Who reads by keyboard or ear then goes
 * on at the content, and not at the top of the page.
 */
function useFocusAfter(place: string): void {
  const seen = useRef(place);
  useEffect(() => {
    if (seen.current === place) return undefined;
    seen.current = place;
    // A room follows the address by itself, and may do so after this.
    const handle = setTimeout(() => {
      if (document.activeElement === document.body) focusContent();
    });
    return () => clearTimeout(handle);
  }, [place]);
}
