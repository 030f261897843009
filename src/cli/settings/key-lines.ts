/** On which line each key of a TOML text stands, which no parser tells. Lines of multi-line strings may be mistaken for keys: no setting has one. */
const HEADER = /^\s*\[\s*([^[\]]+?)\s*\]/;
const KEY = /^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=/;

/** @returns line numbers from 1 by the key's whole path: "memory.mapping.backend"; a table has the line of its header */
export function keyLines(toml: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let table = "";
  for (const [index, line] of toml.split("\n").entries()) {
    const header = HEADER.exec(line)?.[1];
    const key = KEY.exec(line)?.[1];
    if (header !== undefined) table = plain(header);
    const path = header !== undefined ? table : key === undefined ? undefined : table === "" ? plain(key) : `${table}.${plain(key)}`;
    if (path !== undefined && !lines.has(path)) lines.set(path, index + 1);
  }
  return lines;
}

/** The line of a key, or of the inline table it stands in. */
export function lineOf(lines: ReadonlyMap<string, number>, path: string): number | undefined {
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const line = lines.get(at);
    if (line !== undefined) return line;
  }
  return undefined;
}

function plain(path: string): string {
  return path
    .split(".")
    .map((part) => part.trim().replace(/^["']|["']$/g, ""))
    .join(".");
}
