// A whole server on stub replicas in a process of its own, so that a test can kill it.

import { createApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/index.ts";
import { STUB_ENTRY } from "./running-app.ts";

const [data = "", starters = ""] = process.argv.slice(2);
const flags = { "data.directory": data, "server.port": "0", "fill.deadlineMs": "25000" };
const app = await createApp(parseConfig({ flags }), {
  replicaEntry: STUB_ENTRY,
  starters,
  webDirectory: starters,
});
const { url, ready } = await app.listen();
await ready;
process.send?.(url);
