import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two files at a time: tests start real ffmpeg children and real cgroups, and the CI machine is small.
    maxWorkers: 2,
    pool: "forks",
  },
});
