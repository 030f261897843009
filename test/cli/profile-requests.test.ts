import { expect, test } from "vitest";
import { UsageError } from "../../src/base/index.ts";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { SettingsSource } from "../../src/cli/option-spec.ts";
import { profileRequest } from "../../src/cli/profile-requests.ts";
import { parseArguments } from "../../src/cli/program.ts";
import type { ProfileSettings } from "../../src/commands/index.ts";

/** From the words of a command line, as `mm` reads them. */
function settings(...argv: string[]): ProfileSettings {
  const parsed = parseArguments(["profile", ...argv], "1.2.3", undefined);
  if (parsed.kind !== "command") throw new Error(parsed.text);
  const taken = COMMANDS.find(({ name }) => name === "profile")?.options ?? [];
  return profileRequest(
    parsed.args,
    new SettingsSource(parsed.flags, {}, taken),
    { PATH: "/bin", NODE_OPTIONS: "--no-warnings" },
    parsed.rest,
  ).settings;
}

function refusal(...argv: string[]): UsageError {
  try {
    settings(...argv);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`mm profile ${argv.join(" ")} was not refused`);
}

test("a bare profile has every setting explicit", () => {
  expect(settings("--", "/usr/bin/node", "a.js", "--json")).toEqual({
    action: "run",
    html: undefined,
    speedscope: undefined,
    pprof: undefined,
    summary: false,
    overwrite: false,
    failAbove: [],
    failOnLeak: false,
    failOnIncreasePercent: undefined,
    baseline: undefined,
    output: expect.stringMatching(/^mm-profile-node-\d{8}-\d{6}\.mmprof$/),
    intervalMs: 50,
    live: false,
    command: ["/usr/bin/node", "a.js", "--json"],
    nodeOptions: "--no-warnings",
    preload: undefined,
    searchPath: "/bin",
    stacks: false,
    everyProcess: false,
    repeat: 1,
    tool: undefined,
    stdoutToStderr: false,
  });
});

test("a document on stdout sends the target's to stderr", () => {
  expect(settings("--json", "--", "a")).toMatchObject({ stdoutToStderr: true });
  expect(settings("--summary", "--", "a")).toMatchObject({ stdoutToStderr: true, summary: true });
});

test("ceilings are sizes, metrics and scopes", () => {
  expect(settings("--fail-above", "512M", "--fail-above=1G:rss:each,2G:heap:node*", "--", "a")).toMatchObject({
    failAbove: [
      { text: "512M", limitBytes: 2 ** 29, metric: "used", scope: "tree" },
      { text: "1G:rss:each", limitBytes: 2 ** 30, metric: "rss", scope: "each" },
      { text: "2G:heap:node*", limitBytes: 2 ** 31, metric: "heap", scope: { name: "node*" } },
    ],
  });
});

test("attach, view and diff take what they look at", () => {
  expect(settings("attach", "1234", "--duration", "1:30")).toMatchObject({ action: "attach", pid: 1234, durationSeconds: 90 });
  expect(settings("view", "a.mmprof", "--html", "b.html")).toMatchObject({ action: "view", capture: "a.mmprof", html: "b.html" });
  expect(settings("diff", "a", "b", "--fail-on-increase", "5%")).toMatchObject({ before: "a", after: "b", failOnIncreasePercent: 5 });
});

const REFUSALS: [argv: string[], message: string, hint: string][] = [
  [[], "no command to profile", "mm profile -- <command>"],
  [["node", "a.js"], 'got "node"', "mm profile -- node a.js"],
  [["attach"], "the pid of one process", "mm profile attach 1234"],
  [["attach", "0"], "the pid of one process", "mm profile attach 1234"],
  [["view"], "takes one capture", "mm profile view"],
  [["diff", "a"], "takes two captures", "mm profile diff"],
  [["view", "a", "--stacks"], "--stacks belongs to mm profile -- <command>", "leave out --stacks"],
  [["--duration", "3", "--", "a"], "--duration belongs to mm profile attach", "leave out --duration"],
  [["--json", "--summary", "--", "a"], "cannot both go to stdout", "--report"],
  [["--fail-on-increase", "5", "--", "a"], "needs a --baseline", "--baseline before.mmprof"],
  [["--baseline", "x", "--", "a"], "needs a --fail-on-increase", "--fail-on-increase 5%"],
  [["--fail-above", "512M:malloc", "--", "a"], "a metric out of used", "512M:pss"],
  [["--fail-above", "512M:cgroup:each", "--", "a"], "the scope tree", ""],
  [["--fail-above", "1G:pss:a:b", "--", "a"], "size[:metric[:scope]]", "512M:pss:each"],
  [["--interval", "1ms", "--", "a"], "10ms to 60s", "50ms"],
];

test.each(REFUSALS)("mm profile %j is refused with a suggestion", (argv, message, hint) => {
  const error = refusal(...argv);
  expect(error.message).toContain(message);
  expect(error.hint ?? "").toContain(hint);
});
