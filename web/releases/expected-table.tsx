// How long each step of a release takes at the present traffic.

import type { ReactNode } from "react";
import type { ReleaseForecast } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import table from "../style/table.module.css";
import classes from "./releases-page.module.css";

type ExpectedTableProps = Omit<ReleaseForecast, "model">;

/** The last step has no next one that it could take longer to. */
export function ExpectedTable(props: ExpectedTableProps): ReactNode {
  const { requestsPerSecond, needed, expectedSeconds } = props;
  const { releases } = useLanguage().messages;
  return (
    <>
      <p className={classes.soft}>{releases.expected(props)}</p>
      {requestsPerSecond === 0 ? null : (
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col" data-text>
                {releases.share}
              </th>
              <th scope="col">{releases.untilSample(needed)}</th>
              <th scope="col">{releases.untilErrors}</th>
            </tr>
          </thead>
          <tbody>
            {expectedSeconds
              .filter(({ share }) => share < 100)
              .map(({ share, sample, errors }) => (
                <tr key={share}>
                  <th scope="row">{share}%</th>
                  <td>{releases.duration(sample)}</td>
                  <td>{releases.duration(errors)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
    </>
  );
}
