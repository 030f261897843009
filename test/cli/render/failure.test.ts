import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { BudgetExceededError, IoError, MalformedInputError, type MmError } from "../../../src/base/index.ts";
import { toFailure } from "../../../src/cli/messages.ts";
import { failureLines, refusedLines } from "../../../src/cli/render/failure.ts";

const MIB = 1024 * 1024;

function say(error: MmError | Error, isVerbose = false): string {
  return failureLines("transcode", toFailure(error), new Chalk({ level: 0 }), isVerbose).join("\n");
}

test("the ledger's figures are said as sentences", () => {
  const details = {
    wantedBytes: 36 * MIB,
    tag: "media.frame",
    usedBytes: 489 * MIB,
    limitBytes: 512 * MIB,
    source: "--max-memory",
    holders: "lane.ffmpeg 384.0 MiB, runtime.baseline 41.1 MiB",
    smallestLimitBytes: 528 * MIB,
  };
  expect(
    say(new BudgetExceededError("over the memory limit: 36.0 MiB for media.frame wanted", { hint: "--max-memory 528M", details })),
  ).toBe(
    [
      "mm transcode: over the memory limit (MM_BUDGET)",
      "  wanted   36.0 MiB for media.frame",
      "  limit    512.0 MiB from --max-memory, 489.0 MiB of it in use",
      "  holders  lane.ffmpeg 384.0 MiB, runtime.baseline 41.1 MiB",
      "  works    with 528.0 MiB or more",
      "  try      --max-memory 528M",
    ].join("\n"),
  );
});

test("bytes and times are written for people", () => {
  const text = say(new IoError("too slow", { details: { freeBytes: 3 * MIB, waitedMs: 1500, framesExpected: 12 } }));
  expect(text).toMatch(/\n {2}free +3\.0 MiB\n {2}waited +1\.50 s\n {2}frames expected +12$/);
});

test("a fact that is part of the sentence is not repeated", () => {
  expect(say(new MalformedInputError("there is no video in /a/b.mp4", { details: { path: "/a/b.mp4" } }))).toBe(
    "mm transcode: there is no video in /a/b.mp4 (MM_INPUT_MALFORMED)",
  );
});

test("a message of several lines keeps its code on the last", () => {
  expect(say(new IoError("ffmpeg said:\nno\u001bsuch thing\n"))).toBe("mm transcode: ffmpeg said:\n  no\\x1bsuch thing (MM_IO)");
});

test("-v shows the stack with its causes", () => {
  const text = say(new IoError("outer", { cause: new Error("inner") }), true);
  expect(text).toMatch(/IoError: outer/);
  expect(text).toMatch(/caused by Error: inner/);
});

test("a refused message is its place, its line with a caret below, and what to type", () => {
  const details = { source: "<a>\\x1b</b>\n          ^", byte: 7 };
  const message = "x.xml:1:8: XML_TAG_MISMATCH: </b> closes <a>";
  const error = new MalformedInputError(message, { details, hint: "xmllint --noout x.xml" });
  const facts = ["  source   <a>\\x1b</b>", "                     ^", "  byte     7", "  try      xmllint --noout x.xml"];
  expect(say(error).split("\n")).toEqual([`mm transcode: ${message} (MM_INPUT_MALFORMED)`, ...facts]);
  const { code, hint = "" } = error;
  expect(refusedLines({ message, code, details, hint }, new Chalk({ level: 0 }))).toEqual([message, ...facts]);
});

test("a number that is only the digits of another is said all the same", () => {
  expect(say(new MalformedInputError("00007.xml:1:12: no", { details: { byte: 0 } }))).toContain("\n  byte     0");
  expect(say(new MalformedInputError("cut at byte 120 of it", { details: { byte: 120 } }))).not.toContain("\n");
});
