// Starts lowered.main.ts and says its process id once it runs.

import path from "node:path";
import { startChild } from "../../src/jobs/index.ts";

const file = path.join(import.meta.dirname, "lowered.main.ts");
const child = startChild<object, object>(
  { file, execArgv: ["--import", "tsx"] },
  { onMessage: () => process.send?.(child.pid), onExit: () => {} },
);
child.send({});
