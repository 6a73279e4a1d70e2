// A replica process without a model, for tests of what surrounds it.

import { runReplica } from "../../src/serving/replica-channel.ts";
import { openStubFiller } from "./stub-filler.ts";

runReplica(openStubFiller);
