/** Messages of fixtures/ddex, one for each family and root. */
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../fixtures/ddex/", import.meta.url);

export const MESSAGES: readonly string[] = readdirSync(FOLDER).filter((name) => name.endsWith(".xml"));

export function readMessage(name: string): Buffer {
  return readFileSync(new URL(name, FOLDER));
}
