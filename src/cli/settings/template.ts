import type { KnownSetting } from "./all-settings.ts";
import { tomlText } from "./setting.ts";

const HEAD = `# Settings of mm. A line without the # in front of its key holds; a flag (--max-memory) and the environment (MM_MAX_MEMORY) win over it.
# mm config show says what holds and why, mm config check whether this file is right.
`;

/** A file of all settings with their defaults, each a comment: what is written stays what is true when a default or preset changes. */
export function configTemplate(settings: readonly KnownSetting[]): string {
  let text = HEAD;
  let section = "";
  for (const { setting, spec } of settings) {
    if (setting.section !== section) text += `\n[${setting.section}]\n`;
    section = setting.section;
    const value = setting.fallback ?? (setting.kind === "switch" ? "0" : undefined);
    text += `# ${setting.help}\n# ${setting.name} = ${value === undefined ? placeholder(spec?.flags) : tomlText(setting, value)}\n`;
  }
  return text;
}

/** "<size>" of "--max-memory <size>". */
function placeholder(flags = ""): string {
  return /<.*>/.exec(flags)?.[0] ?? "<value>";
}
