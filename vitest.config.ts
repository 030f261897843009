import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Compiles for minutes, and so is not left for the end, when nothing else is there to run beside it. */
const LONGEST = "test/binding/native.test.ts";

/** Watch programs while they run: what they see must not depend on how busy other tests keep the machine. */
const WATCHING = [
  "test/profile/command.test.ts",
  "test/profile/target.test.ts",
  "test/profile/truth.test.ts",
  "test/profile/node/preload.test.ts",
  "test/run/run.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) => moduleId.endsWith(LONGEST);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        // Two files at a time: tests start real ffmpeg children and real cgroups, and the CI machine is small.
        test: { name: "all", include: ["test/**/*.test.ts"], exclude: WATCHING, maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: "watching", include: WATCHING, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
