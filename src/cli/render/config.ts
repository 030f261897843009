import type { ChalkInstance } from "chalk";
import { printable } from "../../base/index.ts";
import { alignColumns } from "./columns.ts";

/** One setting, ready to be shown. */
export type ShownSetting = {
  readonly section: string;
  readonly key: string;
  /** As it is written in a file; undefined where nothing is. */
  readonly value: string | undefined;
  readonly origin: string;
  readonly isDefault: boolean;
};

/** A table per section: key, value, origin. What nobody set is dim. */
export function settingLines(settings: readonly ShownSetting[], palette: ChalkInstance): string[] {
  const sections = [...new Set(settings.map(({ section }) => section))];
  return sections.flatMap((section, index) => {
    const own = settings.filter((setting) => setting.section === section);
    const lines = alignColumns(own.map(({ key, value, origin }) => [key, printable(value ?? ""), printable(origin)]));
    return [
      ...(index === 0 ? [] : [""]),
      palette.bold(`[${section}]`),
      ...lines.map((line, at) => (own[at]?.isDefault === true ? palette.dim(line) : line)),
    ];
  });
}
