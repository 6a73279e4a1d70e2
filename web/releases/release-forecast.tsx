// How long a release would take, before anybody begins it. Where the server does not say, nothing is
// shown: a release begins without it.

import { useEffect, useState, type ReactNode } from "react";
import type { ReleaseForecast as Forecast } from "../../src/wire/index.ts";
import { getForecast } from "../api/client.ts";
import { useLanguage } from "../language/language.tsx";
import { ExpectedTable } from "./expected-table.tsx";
import classes from "./release-options.module.css";

interface ReleaseForecastProps {
  readonly model: string;
  /** Percents; those of the server when undefined. */
  readonly steps: readonly number[] | undefined;
}

export function ReleaseForecast({ model, steps }: ReleaseForecastProps): ReactNode {
  const { releases } = useLanguage().messages;
  const [forecast, setForecast] = useState<Forecast>();
  const percents = steps?.join(",");
  useEffect(() => {
    const leaving = new AbortController();
    getForecast(model, percents, leaving.signal).then(setForecast, () => setForecast(undefined));
    return () => leaving.abort();
  }, [model, percents]);
  if (forecast === undefined) return null;
  const { requestsPerSecond: rate } = forecast;
  return (
    <section className={classes.forecast} aria-label={releases.forecast}>
      <p>
        {releases.facts.traffic}: {rate === 0 ? releases.noTraffic : releases.rate(rate)}
      </p>
      <ExpectedTable {...forecast} />
    </section>
  );
}
