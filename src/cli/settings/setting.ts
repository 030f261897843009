import type { ParseValue } from "../values.ts";

/** Something that a config file can set: where it stands there, and how it is read. */
export type Setting<T> = {
  /** "memory.mapping" */
  readonly section: string;
  /** "mmap_threshold_mb" */
  readonly name: string;
  readonly kind: "switch" | "value" | "list";
  /** Of a list, between its texts for `parse`, in place of commas. */
  readonly separator?: "\n";
  /** One sentence. */
  readonly help: string;
  readonly parse: ParseValue<T>;
  /** As it would be written in the file; undefined = unset, or what `help` says. */
  readonly fallback: string | undefined;
  readonly aliases: readonly Alias[];
  /** Not taken from ./mm.toml, which may be anybody's: it names a program to run or a file to write over. */
  readonly isPersonal: boolean;
};

/** Another name, whose value is turned into one of the setting's own. */
export type Alias = {
  readonly section: string;
  readonly name: string;
  /** @param origin for errors */
  readonly convert: (text: string, origin: string) => string;
};

export function pathOf({ section, name }: { readonly section: string; readonly name: string }): string {
  return `${section}.${name}`;
}

/** A value as it would be written in TOML. */
export function tomlText({ kind }: Pick<Setting<unknown>, "kind">, text: string): string {
  if (kind === "switch") return text === "1" || text === "true" ? "true" : "false";
  return /^\d+(\.\d+)?$/.test(text) ? text : JSON.stringify(text);
}
