// What /metrics says of each version, on a running server.

import { expect, it } from "vitest";
import { addStubVersion, startApp } from "../helpers/running-app.ts";

it("/metrics tells the versions of a model apart", async () => {
  await using running = await startApp();
  await running.ready;
  const version = await addStubVersion(running);
  const { body } = await running.fill({ text: "春[MASK]" });
  const { predictionId } = body as { predictionId: string };
  for (const text of ["一[MASK]", "bug[MASK]", "三[MASK]"]) {
    await running.fill({ text, model: `starter-cloze@${version}` });
  }
  await fetch(`${running.url}/api/feedback`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ predictionId, verdict: "accept" }),
  });
  const metrics = await (await fetch(`${running.url}/metrics`)).text();
  const labels = (of: string): string => `model="starter-cloze",version="${of}"`;
  const [stable, other] = [labels("1"), labels(version)];
  const expected = [
    `whetstone_answers_total{${stable},arm="",outcome="ok"} 1`,
    `whetstone_answers_total{${other},arm="",outcome="ok"} 2`,
    `whetstone_answers_total{${other},arm="",outcome="error"} 1`,
    `whetstone_answer_duration_seconds_count{${stable}} 1`,
    `whetstone_answer_duration_seconds_count{${other}} 3`,
    `whetstone_answer_confidence_bucket{le="0.5",${stable}} 1`,
    `whetstone_answer_confidence_count{${other}} 2`,
    `whetstone_batch_texts_count{${stable}} 1`,
    `whetstone_batch_duration_seconds_count{${stable}} 1`,
    `whetstone_queue_texts{${other}} 0`,
    `whetstone_replicas_ready{${stable}} 1`,
    `whetstone_replicas_busy{${stable}} 0`,
    `whetstone_feedback_verdicts_total{${stable},verdict="accept"} 1`,
  ];
  for (const line of expected) expect(metrics).toContain(`${line}\n`);
  expect(metrics).toMatch(new RegExp(`whetstone_replica_memory_bytes\\{${other}\\} \\d`));
}, 60_000);
