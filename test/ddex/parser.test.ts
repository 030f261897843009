import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAll } from "./native-parser.ts";
import { type Mode, parseMessage } from "./reference/parse.ts";

const DATA = process.env.MM_TEST_DATA === undefined ? "" : join(process.env.MM_TEST_DATA, "ddex");
const FIXTURES = new URL("../../fixtures/ddex/", import.meta.url).pathname;

function messagesIn(folder: string): string[] {
  if (folder === "" || !existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".xml"));
  return files.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}

const samples = [...messagesIn(FIXTURES), ...messagesIn(DATA)].sort();
if (messagesIn(DATA).length === 0) console.log("samples of DDEX messages are left out: MM_TEST_DATA names no folder with ddex/ in it");

/** What the reference says of a message: its lines, or why it is refused. */
function expected(path: string, mode: Mode) {
  const said = parseMessage(readFileSync(path), "message.xml", mode);
  return "code" in said ? { failure: said } : { text: said.map((line) => `${line}\n`).join("") };
}

async function parsed(path: string, options: Parameters<typeof parseAll>[1]) {
  const { outcomes, text } = await parseAll([{ name: "message.xml", bytes: readFileSync(path) }], options);
  const { failure, stop } = outcomes[0] ?? {};
  if (stop !== undefined) throw new Error(JSON.stringify(stop));
  if (failure === undefined) return { text };
  const { code, line, column } = failure;
  return { failure: { code, line, column } };
}

describe.each(samples)("%s", (path) => {
  it.each(["joined", "records"] as const)("gives what the reference gives, %s", async (mode) => {
    expect(await parsed(path, { mode })).toEqual(expected(path, mode));
  });
});
