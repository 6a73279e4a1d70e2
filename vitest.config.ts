import { defineConfig } from "vitest/config";

/** `npm run check` runs only `unit`: no port, disk or model, each test well under a second. */
const PROJECTS = {
  unit: ["{src,web,scripts}/**/*.test.ts", "test/*.test.ts", "test/helpers/**/*.test.ts"],
  integration: ["test/integration/**/*.test.ts"],
  e2e: ["test/e2e/**/*.test.ts"],
};

export default defineConfig({
  test: {
    testTimeout: 30_000,
    pool: "forks",
    maxWorkers: 2,
    setupFiles: ["test/setup/properties.ts"],
    projects: Object.entries(PROJECTS).map(([name, include]) => ({
      extends: true,
      test: { name, include },
    })),
  },
});
