/** Text from outside in Markdown: nothing in it is markup, a link or a mention, and it stays in its cell. */
export function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>|~&#@]/g, "\\$&");
}

/** A table; cells are Markdown already. Columns named in `right` align right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (right.includes(index) ? "---:" : "---"))), ...rows.map(line)];
}
