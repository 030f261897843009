import { expect, test } from "vitest";
import { guessedHeapLimit, openThreadEarly } from "../../src/cli/head-start.ts";
import { heapLimit } from "../../src/cli/heap-limit.ts";
import { optionNames } from "../../src/cli/option-spec.ts";
import { maxMemory } from "../../src/cli/options.ts";
import type { CommandThread } from "../../src/cli/thread.ts";

const MIB = 1024 * 1024;
const { flag, variable } = optionNames(maxMemory);
const JOB = ["transcode", "in.mp4", "out.mp4"];

const GUESSES: [name: string, argv: string[], env: NodeJS.ProcessEnv, limitMib: number | undefined][] = [
  ["no limit", JOB, {}, undefined],
  ["the flag", [...JOB, flag, "400M"], {}, 400],
  ["the flag in one word", ["transcode", `${flag}=400M`, "in.mp4", "out.mp4"], {}, 400],
  ["the last of two flags", [...JOB, flag, "800M", `${flag}=400M`], {}, 400],
  ["the environment", JOB, { [variable]: "400M" }, 400],
  ["the flag before the environment", [...JOB, flag, "400M"], { [variable]: "800M" }, 400],
  ["a parse of one file", ["parse", "feed.xml"], {}, undefined],
  ["no limit where the variable is empty", JOB, { [variable]: "" }, undefined],
];

test.each(GUESSES)("the heap is guessed from %s", (_name, argv, env, limitMib) => {
  expect(guessedHeapLimit(argv, env)).toEqual(heapLimit(limitMib === undefined ? undefined : limitMib * MIB));
});

const NO_JOBS: [name: string, argv: string[]][] = [
  ["nothing", []],
  ["the version", ["--version"]],
  ["help", ["--help"]],
  ["help on transcode", ["transcode", "in.mp4", "out.mp4", "--help"]],
  ["another command", ["doctor", "--json", "--no-color"]],
  ["a transcode without an output", ["transcode", "in.mp4"]],
  ["a parse of nothing", ["parse"]],
  ["a transcode under a limit that is no size", [...JOB, flag, "lots"]],
];

test.each(NO_JOBS)("%s starts no thread early", (_name, argv) => {
  expect(guessedHeapLimit(argv, {})).toBeUndefined();
});

const SAY_WHO = new URL(
  `data:text/javascript,${encodeURIComponent(
    `import { parentPort, resourceLimits, threadId } from "node:worker_threads";
    parentPort.once("message", () => parentPort.postMessage({ threadId, heapMib: resourceLimits.maxOldGenerationSizeMb }));`,
  )}`,
);

function ask(thread: CommandThread): Promise<unknown> {
  const answer = new Promise((resolve) => thread.onMessage(resolve));
  thread.post({ type: "stop", signal: "SIGTERM" });
  return answer;
}

test("a right guess is the thread that runs the command, a wrong one is replaced by a thread with the right heap", async () => {
  const right = openThreadEarly([...JOB, flag, "400M"], {}, SAY_WHO)(heapLimit(400 * MIB));
  const first = await ask(right);
  expect(first).toMatchObject({ heapMib: 100 });
  await right.ended;
  const wrong = openThreadEarly([...JOB, flag, "400M"], {}, SAY_WHO)(heapLimit(800 * MIB));
  expect(await ask(wrong)).toEqual({ heapMib: 200, threadId: (first as { threadId: number }).threadId + 2 });
  await wrong.ended;
});

test("a thread that cannot be loaded says so to whoever asks, later", async () => {
  const thread = openThreadEarly(JOB, {}, new URL("data:text/javascript,throw new Error('torn')"))(heapLimit(undefined));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await thread.ended).toMatchObject({ message: "torn" });
});
