import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMMANDS } from "../../../src/cli/command-table.ts";
import { allSettings } from "../../../src/cli/settings/all-settings.ts";
import * as keys from "../../../src/cli/settings/memory-keys.ts";

const DOCUMENT = readFileSync(new URL("../../../docs/SETTINGS.md", import.meta.url), "utf8");

/** Key and default of each row, by section. */
function rows(): Map<string, string> {
  const found = new Map<string, string>();
  let section = "memory";
  for (const line of DOCUMENT.split("\n")) {
    section = /^\| `\[([\w.]+)\]` \|/.exec(line)?.[1] ?? section;
    const [, name, fallback] = /^\| `(\w+)` \| ([^|]+) \|/.exec(line) ?? [];
    if (name !== undefined && fallback !== undefined) found.set(`${section}.${name}`, fallback);
  }
  return found;
}

test("docs/SETTINGS.md has every key of [memory] that has no flag, with its default", () => {
  const documented = rows();
  for (const setting of Object.values(keys)) {
    if (typeof setting !== "object") continue;
    expect(documented.get(`${setting.section}.${setting.name}`)?.split(",")[0], setting.name).toBe(setting.fallback);
  }
});

test("and names every other one, and every other name", () => {
  for (const { setting } of allSettings(COMMANDS.filter((command) => command.hasTable))) {
    if (!setting.section.startsWith("memory")) continue;
    for (const { name } of [setting, ...setting.aliases]) expect(DOCUMENT).toMatch(new RegExp(`\\b${name}\\b`));
  }
});
