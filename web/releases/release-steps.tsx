// The steps of a release, how far this one is, and how long each takes at the present traffic.

import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { Deployment } from "../../src/wire/index.ts";
import type { ReleaseMove } from "../api/client.ts";
import { FactList } from "../frame/fact-list.tsx";
import { useLanguage } from "../language/language.tsx";
import table from "../style/table.module.css";
import { choicesOf, stepsOf, type Release } from "./release-view.ts";
import classes from "./releases-page.module.css";

interface ReleaseStepsProps {
  readonly deployment: Deployment;
  readonly release: Release;
  readonly isActing: boolean;
  readonly onMove: (move: ReleaseMove) => void;
}

export function ReleaseSteps(props: ReleaseStepsProps): ReactNode {
  const { deployment, release, isActing, onMove } = props;
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
      <Expected {...props} />
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

function Expected({ deployment, release }: ReleaseStepsProps): ReactNode {
  const { releases } = useLanguage().messages;
  const steps = stepsOf(deployment, release).filter(({ percent }) => percent < 100);
  return (
    <>
      <p className={classes.soft}>{releases.expected(release)}</p>
      {release.requestsPerSecond === 0 ? null : (
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col" data-text>
                {releases.share}
              </th>
              <th scope="col">{releases.untilSample(release.sample.needed)}</th>
              <th scope="col">{releases.untilErrors}</th>
            </tr>
          </thead>
          <tbody>
            {steps.map(({ percent, sampleSeconds, errorsSeconds }) => (
              <tr key={percent}>
                <th scope="row">{percent}%</th>
                <td>{releases.duration(sampleSeconds)}</td>
                <td>{releases.duration(errorsSeconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
