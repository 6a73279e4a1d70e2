// The process of one replica. Its first message says what to open; it ends when the gateway
// closes the channel, or dies.

import { openFiller } from "../tasks/fill-mask/index.ts";
import { runReplica } from "./replica-channel.ts";

runReplica(openFiller);
// A process that waits to be told has the engine loaded.
await import("../models/index.ts");
