import type { FoundSource, SettingsSource } from "../option-spec.ts";
import type { KnownSetting } from "./all-settings.ts";
import type { Setting } from "./setting.ts";

/** A setting as it stands for one call. */
export type Standing = {
  readonly setting: Setting<unknown>;
  /** As it is written; undefined = not set, and nothing is written for it. */
  readonly text: string | undefined;
  readonly source: FoundSource | "default";
  /** "--max-memory", "MM_CRF", "crf (mm.toml:7)", "preset low, by --low-memory", "default". */
  readonly origin: string;
};

/** @throws UsageError for a value that its setting does not take */
export function standingOf({ setting, spec }: KnownSetting, source: SettingsSource): Standing {
  // Not every option of every command is one of `mm config`; those it has no flag for are asked for in the environment and below.
  const found = spec === undefined ? source.findKey(setting) : source.findAnywhere(spec, setting);
  if (found !== undefined) return { setting, text: found.text, source: found.source, origin: found.origin };
  return { setting, text: setting.fallback ?? (setting.kind === "switch" ? "0" : undefined), source: "default", origin: "default" };
}
