// The steps of a release, how far this one is, and how long each takes at the present traffic.

import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { Deployment } from "../../src/wire/index.ts";
import type { ReleaseMove } from "../api/client.ts";
import { FactList } from "../frame/fact-list.tsx";
import { useLanguage } from "../language/language.tsx";
import { ExpectedTable } from "./expected-table.tsx";
import { choicesOf, stepsOf, type Release } from "./release-view.ts";
import classes from "./releases-page.module.css";

interface ReleaseStepsProps {
  readonly deployment: Deployment;
  readonly release: Release;
  readonly isActing: boolean;
  readonly onMove: (move: ReleaseMove) => void;
}

export function ReleaseSteps({
  deployment,
  release,
  isActing,
  onMove,
}: ReleaseStepsProps): ReactNode {
  const { releases } = useLanguage().messages;
  const { canPromote } = choicesOf(deployment, release);
  return (
    <section className={classes.part}>
      <h3>{releases.titles.steps}</h3>
      <ol className={classes.steps}>
        {stepsOf(deployment, release).map(({ percent, place }) => (
          <li key={percent} data-place={place} aria-current={place === "now" ? "step" : undefined}>
            {place === "ahead" && canPromote ? (
              <Button
                variant="default"
                size="sm"
                disabled={isActing}
                aria-label={releases.stepTo(percent, release.version)}
                onClick={() => onMove({ kind: "promote", share: percent })}
              >
                {percent}%
              </Button>
            ) : (
              <span>
                {percent}%{place === "now" ? ` ${releases.stepNow}` : null}
              </span>
            )}
          </li>
        ))}
      </ol>
      <Facts release={release} />
      <ExpectedTable {...release} needed={release.sample.needed} />
    </section>
  );
}

function Facts({ release }: { readonly release: Release }): ReactNode {
  const { releases } = useLanguage().messages;
  const { facts } = releases;
  const { sample, secondsLeft, requestsPerSecond } = release;
  const shown = [
    [facts.sample, releases.sample(sample)],
    [facts.left, secondsLeft === null ? undefined : releases.left(secondsLeft)],
    [
      facts.traffic,
      requestsPerSecond === 0 ? releases.noTraffic : releases.rate(requestsPerSecond),
    ],
  ] as const;
  return <FactList facts={shown} />;
}
