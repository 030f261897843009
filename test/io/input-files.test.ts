import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findInputFiles } from "../../src/io/input-files.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-inputs-"));
  for (const name of ["b.xml", "a.xml", "deep/er/c.xml.gz", "deep/d.xml", "deep/notes.txt", "empty/notes.txt", "odd[1].xml", "dash/-"]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
  symlinkSync(join(folder, "a.xml"), join(folder, "deep/link.xml"));
  mkdirSync(join(folder, "loop"));
  symlinkSync(folder, join(folder, "loop/loop"));
  writeFileSync(join(folder, "loop/e.xml"), "");
  symlinkSync(join(folder, "nowhere"), join(folder, "deep/dangling.xml"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function found(...words: readonly string[]): Promise<readonly (readonly [path: string, name: string, byteLength: number])[]> {
  const inputs = words.map((word) => (word === "-" ? word : join(folder, word)));
  const files = await findInputFiles(inputs, [".xml", ".xml.gz"], false);
  return files.map(({ path, name, byteLength }) => [path.replace(`${folder}/`, ""), name, byteLength]);
}

test("files are taken as they are named, whatever they are called", async () => {
  expect(await found("b.xml", "deep/notes.txt", "odd[1].xml")).toEqual([
    ["b.xml", "b.xml", 5],
    ["deep/notes.txt", "notes.txt", 14],
    ["odd[1].xml", "odd[1].xml", 10],
  ]);
});

test("a folder is all messages below it, by name; links to folders are not followed", async () => {
  expect(await found("loop")).toEqual([["loop/e.xml", "e.xml", 0]]);
  expect(await found("deep")).toEqual([
    ["deep/d.xml", "d.xml", 10],
    ["deep/er/c.xml.gz", "er/c.xml.gz", 16],
    ["deep/link.xml", "link.xml", 5],
  ]);
});

test("a pattern is what it matches, and keeps what is below its fixed part", async () => {
  expect(await found("d*/**/*.xml*")).toEqual([
    ["deep/d.xml", "deep/d.xml", 10],
    ["deep/er/c.xml.gz", "deep/er/c.xml.gz", 16],
    ["deep/link.xml", "deep/link.xml", 5],
  ]);
  expect(await found("{deep,empty}")).toEqual([
    ["deep/d.xml", "deep/d.xml", 10],
    ["deep/er/c.xml.gz", "deep/er/c.xml.gz", 16],
    ["deep/link.xml", "deep/link.xml", 5],
  ]);
});

test("a file that a pattern finds is never standard input", async () => {
  const before = process.cwd();
  process.chdir(join(folder, "dash"));
  try {
    expect(await findInputFiles(["[-]*", "-"], [".xml"], false)).toMatchObject([{ path: "./-", name: "-", byteLength: 6 }, { path: "-" }]);
  } finally {
    process.chdir(before);
  }
});

test("a file that cannot be looked at does not stop the others", async () => {
  mkdirSync(join(folder, "odd"));
  writeFileSync(join(folder, "odd/a.xml"), "a");
  writeFileSync(Buffer.concat([Buffer.from(join(folder, "odd/b")), Buffer.of(0xff), Buffer.from(".xml")]), "b");
  symlinkSync("round.xml", join(folder, "odd/round.xml"));
  expect(await found("odd")).toEqual([
    ["odd/a.xml", "a.xml", 1],
    ["odd/b\ufffd.xml", "b\ufffd.xml", 0],
  ]);
});

test("what several words mean comes once, where it was first", async () => {
  expect((await found("b.xml", "[ab].xml", "-")).map(([path]) => path)).toEqual(["b.xml", "a.xml", "-"]);
  const files = await findInputFiles(
    [join(folder, "a.xml"), `${folder}/./deep/../a.xml`, relative(process.cwd(), join(folder, "a.xml"))],
    [],
    false,
  );
  expect(files.map(({ path }) => path)).toEqual([join(folder, "a.xml")]);
});

test.each([
  ["none.xml", "does not exist"],
  ["none-*.xml", "matches no file"],
  ["empty", "has no .xml or .xml.gz file in it"],
  ["emp*", "matches no file"],
])("%s means nothing", async (word, problem) => {
  await expect(found(word)).rejects.toMatchObject({ exitCode: 66, message: expect.stringContaining(problem) });
});

test("a file that is named and not there is kept for who goes on without it, a pattern is not", async () => {
  const kept = (word: string) => findInputFiles([join(folder, word)], [".xml"], true);
  expect(await kept("none.xml")).toEqual([{ path: join(folder, "none.xml"), name: "none.xml", byteLength: 0 }]);
  await expect(kept("none-*.xml")).rejects.toMatchObject({ exitCode: 66 });
});
