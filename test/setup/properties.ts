// Every property draws its cases from one seed, so that a run is judged by what changed and not by
// luck. To look for new cases: WHETSTONE_PROPERTY_SEED=$RANDOM npx vitest run --project unit

import fc from "fast-check";

const seed = process.env["WHETSTONE_PROPERTY_SEED"];

fc.configureGlobal({ seed: seed === undefined ? 20_261_125 : Number(seed) });
