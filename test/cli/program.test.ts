import { expect, test } from "vitest";
import { UsageError } from "../../src/base/index.ts";
import { parseArguments } from "../../src/cli/program.ts";

function parse(...argv: string[]) {
  return parseArguments(argv, "1.2.3", undefined);
}

function textOf(...argv: string[]): string {
  const parsed = parse(...argv);
  return parsed.kind === "text" ? parsed.text : "";
}

function refusal(...argv: string[]): UsageError {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`mm ${argv.join(" ")} was not refused`);
}

test("arguments and flags of a command are handed over unread", () => {
  const parsed = parse("transcode", "in.mp4", "out.mp4", "--max-memory", "2G", "-y", "--crf=20");
  expect(parsed).toMatchObject({ kind: "command", args: ["in.mp4", "out.mp4"], flags: { maxMemory: "2G", overwrite: true, crf: "20" } });
});

test("what follows -- is handed over for the encoder", () => {
  const parsed = parse("transcode", "./-in.mp4", "out.mp4", "--crf", "20", "--", "-tune", "film", "--", "-y");
  expect(parsed).toMatchObject({ args: ["./-in.mp4", "out.mp4"], flags: { crf: "20" }, rest: ["-tune", "film", "--", "-y"] });
  expect(parse("transcode", "in.mp4", "out.mp4")).toMatchObject({ rest: [] });
});

test("files may follow -- too, and a second one is then for the encoder", () => {
  expect(parse("transcode", "--crf", "20", "--", "-in.mp4", "out.mp4")).toMatchObject({
    args: ["-in.mp4", "out.mp4"],
    flags: { crf: "20" },
    rest: [],
  });
  expect(parse("transcode", "--", "-in.mp4", "-o", "--", "-bf", "2")).toMatchObject({ args: ["-in.mp4", "-o"], rest: ["-bf", "2"] });
});

test("--version prints the name and the version", () => {
  expect(textOf("--version")).toBe("mm 1.2.3\n");
});

const HELPS = [["--help"], ["help"], ["transcode", "--help"], ["help", "transcode"], ["doctor", "--help"], ["help", "doctor"]];

test.each(HELPS)("mm %s %s shows one example first, stays under 100 columns and ends with one line break", (...argv) => {
  const text = textOf(...argv);
  expect(text).toMatch(/^Example\n {2}mm \w+/);
  expect(text.match(/^Example$/gm)).toHaveLength(1);
  expect(text.split("\n").filter((line) => line.length > 99)).toEqual([]);
});

test("help follows a narrow terminal", () => {
  const parsed = parseArguments(["transcode", "--help"], "1.2.3", 80);
  const lines = parsed.kind === "text" ? parsed.text.split("\n") : [];
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

const REFUSALS: [argv: string[], message: string, hint: string][] = [
  [["transcode", "a", "b", "--max-memry", "2G"], "unknown option --max-memry", "--max-memory, or mm transcode --help"],
  [["transcode", "a", "b", "--nonsense"], "unknown option --nonsense", "mm transcode --help"],
  [["doctor", "--max-memory", "2G"], "unknown option --max-memory", "mm doctor --help"],
  [["transcod", "a", "b"], "unknown command transcod", "transcode, or mm --help"],
  [["encode", "-i", "x"], "unknown command encode", "mm --help"],
  [["transcode", "a"], "missing required argument output", "mm transcode --help"],
  [["transcode", "a", "b", "c"], "too many arguments for transcode", "mm transcode --help"],
  [["reduce", "a.fasta"], "the input stands behind -i", "mm reduce -i <file>, or mm reduce --help"],
  [["restore", "-i", "a.fasta", "--id", "b", "c"], "too many arguments for restore", "mm restore --help"],
  [["doctor", "a"], "too many arguments for doctor", "mm doctor --help"],
  [["transcode", "a", "b", "--crf"], "option --crf <n> argument missing", "mm transcode --help"],
  [[], "no command given", "mm --help"],
];

test.each(REFUSALS)("mm %j is refused with a suggestion", (argv, message, hint) => {
  const error = refusal(...argv);
  expect(error.message).toContain(message);
  expect(error.hint).toBe(hint);
  expect(error.exitCode).toBe(64);
});
