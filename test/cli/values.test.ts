import { expect, test } from "vitest";
import { UsageError } from "../../src/base/index.ts";
import { byteSize, decimalNumber, listOf, oneOf, onOff, type ParseValue, text, timeSpan, wholeNumber } from "../../src/cli/values.ts";

const GOOD: [name: string, parse: ParseValue<unknown>, input: string, value: unknown][] = [
  ["a size in binary units", byteSize, "2G", 2 * 1024 ** 3],
  ["a size in decimal units", byteSize, "1.5GB", 1.5e9],
  ["on", onOff, "1", true],
  ["on in words", onOff, "true", true],
  ["off", onOff, "0", false],
  ["off in words", onOff, "false", false],
  ["the lowest whole number", wholeNumber(1, 255), "1", 1],
  ["the highest whole number", wholeNumber(1, 255), "255", 255],
  ["a decimal number", decimalNumber(0, 51), "22.5", 22.5],
  ["a choice", oneOf(["h264", "hevc"]), "hevc", "hevc"],
  ["a list", listOf(["a", "b", "c"]), "c, a", ["c", "a"]],
  ["seconds", timeSpan, "90", 90],
  ["parts of a second", timeSpan, "0.25", 0.25],
  ["minutes and seconds", timeSpan, "1:30", 90],
  ["many minutes", timeSpan, "90:00", 5400],
  ["hours", timeSpan, "1:02:45.5", 3765.5],
  ["text", text, "a b", "a b"],
];

test.each(GOOD)("%s is read", (_name, parse, input, value) => {
  expect(parse(input, "--it")).toEqual(value);
});

const BAD: [name: string, parse: ParseValue<unknown>, input: string, expected: string][] = [
  ["a size without a number", byteSize, "lots", "a size such as 512M, 2G or 1.5GiB"],
  ["a size of zero", byteSize, "0", "a size such as"],
  ["yes for a switch", onOff, "yes", "1, true, 0 or false"],
  ["a fraction for a whole number", wholeNumber(1, 255), "1.5", "a whole number from 1 to 255"],
  ["a number above the highest", wholeNumber(1, 255), "256", "a whole number from 1 to 255"],
  ["a negative number", decimalNumber(0, 51), "-1", "a number from 0 to 51"],
  ["a number with a unit", decimalNumber(0, 51), "23x", "a number from 0 to 51"],
  ["an unknown choice", oneOf(["h264", "hevc"]), "H264", "one of h264, hevc"],
  ["a list with an unknown name", listOf(["a", "b"]), "a,c", "names out of a, b"],
  ["an empty list", listOf(["a", "b"]), "", "names out of a, b"],
  ["a time of zero", timeSpan, "0", "a time above 0"],
  ["sixty seconds beside minutes", timeSpan, "1:60", "a time above 0"],
  ["sixty minutes beside hours", timeSpan, "1:60:00", "a time above 0"],
  ["a time in words", timeSpan, "1h", "a time above 0"],
  ["an empty name", text, " ", "a value"],
];

test.each(BAD)("%s is refused in one sentence that names the option, what it needs and what it got", (_name, parse, input, expected) => {
  const refuse = () => parse(input, "--it");
  expect(refuse).toThrow(UsageError);
  expect(refuse).toThrow(`--it needs ${expected}`);
  expect(refuse).toThrow(`got "${input}"`);
});

test("percent in place of a share is understood, and refused", () => {
  const hintOf = (given: string, highest = 1) => {
    try {
      return decimalNumber(0.5, highest)(given, "--it");
    } catch (error) {
      return (error as UsageError).hint;
    }
  };
  expect(hintOf("95")).toBe("a share, not percent: 0.95");
  expect([hintOf("40"), hintOf("101"), hintOf("95", 51)]).toEqual([undefined, undefined, undefined]);
});
