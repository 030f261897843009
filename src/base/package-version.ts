import { readFileSync } from "node:fs";

/** Of mm, as package.json has it: two folders up from here, from dist/base and from the bundles in dist/cli. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return String(version);
}
