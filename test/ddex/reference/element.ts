/** What an input is made of. */
export type Element = {
  /** The local name. */
  readonly name: string;
  readonly namespace: string;
  /** By their names as they are written; declarations of namespaces too. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** Its own character data. */
  readonly text: string;
  /** Of its start tag, in UTF-16. */
  readonly at: number;
};

/** Line and column from 1, columns in Unicode characters. */
export function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}
