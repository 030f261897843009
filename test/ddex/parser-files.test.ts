/** What becomes of a parser whose files and pipes change, end or say nothing. */
import { closeSync, read as readCalledBack, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { makeMessage } from "../../fixtures/ddex.mjs";
import { binding } from "../../src/binding/index.ts";
import { type Given, withParser } from "./native-parser.ts";

const read = promisify(readCalledBack);
const { pieces } = makeMessage({ profile: "catalogue", seed: 5, bytes: 1_000_000 });
const MESSAGE = Buffer.from([...pieces].join(""));
/** So that what a pipe does not take stops the parser. */
const SMALL_BUFFER = { bufferBytes: 8192, flushThreshold: 0.5 };

/** The message into a pipe, whose reader has seen its first bytes. */
async function intoPipe(
  { parse, open, folder }: Given,
  then: (pipe: { readonly input: string; readonly readFd: number }) => Promise<void>,
) {
  const input = join(folder, "in");
  writeFileSync(input, MESSAGE);
  const { readFd, writeFd } = binding.pipe(4096);
  const parsed = parse([{ name: "m.xml", fd: open("in", "r") }], writeFd);
  parsed.catch(() => undefined);
  await readSome(readFd, Buffer.alloc(1));
  try {
    await then({ input, readFd });
    return await parsed;
  } finally {
    closeSync(writeFd);
  }
}

/** Waits for something; 0 is the end. */
async function readSome(fd: number, bytes: Buffer): Promise<number> {
  for (;;) {
    try {
      return (await read(fd, bytes, 0, bytes.length, null)).bytesRead;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      await setTimeout(5);
    }
  }
}

async function drain(readFd: number): Promise<void> {
  const bytes = Buffer.alloc(65_536);
  while ((await readSome(readFd, bytes)) > 0);
  closeSync(readFd);
}

it.each([
  ["cut", (path: string) => truncateSync(path, Math.floor(MESSAGE.length / 2))],
  ["written to", (path: string) => utimesSync(path, 1, 1)],
])("says ESTALE of a message that is %s while its records are written", async (_, change) => {
  const { outcomes } = await withParser(SMALL_BUFFER, (given) =>
    intoPipe(given, async ({ input, readFd }) => {
      change(input);
      // To its end, which comes when the parser has ended.
      void drain(readFd);
    }),
  );
  expect(outcomes).toMatchObject([{ stop: { code: "ESTALE" } }]);
});

it("rejects with EPIPE where nobody reads any more", async () => {
  const parsed = withParser(SMALL_BUFFER, (given) => intoPipe(given, async ({ readFd }) => closeSync(readFd)));
  await expect(parsed).rejects.toMatchObject({ code: "EPIPE" });
});

it("ends when it is cancelled, also while a pipe says nothing", async () => {
  const { readFd, writeFd } = binding.pipe(4096);
  const parsed = withParser({ mode: "records" }, async ({ parse, cancel }) => {
    const reading = parse([{ name: "-", fd: readFd }]);
    cancel();
    return await reading;
  });
  await expect(parsed).rejects.toMatchObject({ code: "ECANCELED" });
  closeSync(readFd);
  closeSync(writeFd);
});

it("joins regular files alone", async () => {
  const { readFd, writeFd } = binding.pipe(4096);
  closeSync(writeFd);
  const { outcomes } = await withParser({}, ({ parse }) => parse([{ name: "-", fd: readFd }]));
  expect(outcomes).toMatchObject([{ stop: { code: "EIO", operation: "fstat" } }]);
  closeSync(readFd);
});
