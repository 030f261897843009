import { expect, it } from "vitest";
import { CancelledError } from "../../src/base/index.ts";
import { stageError } from "../../src/sequence/stage-error.ts";

const files = [
  { name: "a.fasta", byteLength: 100 },
  { name: "empty.fasta", byteLength: 0 },
  { name: "b.fasta", byteLength: 50 },
];
const limitFor = (lackingBytes: number) => ({ hint: `${lackingBytes} more`, smallestLimitBytes: 100 + lackingBytes });
const of = (code: string, facts: object) =>
  stageError(Object.assign(new Error(code), { code, ...facts }), { doing: "reading", files, limitFor, signal: AbortSignal.abort() });

it("names the file that holds a malformed byte, and its place in that one", () => {
  const malformed = (offset: number) => of("EBADMSG", { operation: "no good", offset });
  expect(malformed(99)).toMatchObject({ message: "a.fasta: no good", details: { byte: 99 } });
  expect(malformed(100)).toMatchObject({ message: "b.fasta: no good", details: { byte: 0 } });
});

it("names the limit that works where memory lacks", () => {
  expect(of("ENOMEM", { lackingBytes: 7 })).toMatchObject({
    exitCode: 75,
    hint: "7 more",
    details: { smallestLimitBytes: 107, while: "reading" },
  });
});

it("says that one of them changed", () => {
  expect(of("ESTALE", {})).toMatchObject({ message: "a.fasta and 2 more changed while mm was reading it" });
});

it("leaves an error alone that says already what it is", () => {
  const cancelled = new CancelledError("SIGINT");
  expect(stageError(cancelled, { doing: "reading", files, limitFor, signal: AbortSignal.abort(cancelled) })).toBe(cancelled);
});
