import { expect, test } from "vitest";
import { SettingsSource } from "../../src/cli/option-spec.ts";
import * as options from "../../src/cli/options.ts";
import { readPresentation } from "../../src/cli/presentation.ts";

function read(flags: Record<string, unknown>, env: NodeJS.ProcessEnv = {}) {
  return readPresentation(new SettingsSource(flags, env, Object.values(options)));
}

test("nothing set is a normal run with automatic progress and 75 for the limit", () => {
  expect(read({})).toMatchObject({ json: false, progress: "auto", verbosity: "normal", limitExitCode: 75, dryRun: false });
});

test("-q and -v together are refused", () => {
  expect(() => read({ quiet: true, verbose: true })).toThrow("--quiet and --verbose say opposite things");
});

test("a flag wins over the opposite word in the environment", () => {
  expect(read({ quiet: true }, { MM_VERBOSE: "1" }).verbosity).toBe("quiet");
  expect(read({ verbose: true }, { MM_QUIET: "1" }).verbosity).toBe("verbose");
});

test("--report - is refused and --json named in its place", () => {
  expect(() => read({ report: "-" })).toThrow(expect.objectContaining({ exitCode: 64, hint: expect.stringContaining("--json") }));
});
