import { parseBytes, UsageError } from "../base/index.ts";

/** Reads one value as the user typed it. `origin` is the flag or variable it came from, for the error. Throws UsageError. */
export type ParseValue<T> = (text: string, origin: string) => T;

function wrongValue(origin: string, expected: string, received: string): UsageError {
  return new UsageError(`${origin} needs ${expected}, got "${received}"`, { details: { option: origin, expected, received } });
}

export const byteSize: ParseValue<number> = (text, origin) => parseBytes(text, origin);

/** A name or path; anything but nothing. */
export const text: ParseValue<string> = (value, origin) => {
  if (value.trim() === "") throw wrongValue(origin, "a value", value);
  return value;
};

/** 1, true, 0 or false: how a switch is written in the environment. */
export const onOff: ParseValue<boolean> = (value, origin) => {
  if (value === "1" || value === "true") return true;
  if (value === "0" || value === "false") return false;
  throw wrongValue(origin, "1, true, 0 or false", value);
};

export function wholeNumber(lowest: number, highest: number): ParseValue<number> {
  return (value, origin) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= lowest && number <= highest)) throw wrongValue(origin, `a whole number from ${lowest} to ${highest}`, value);
    return number;
  };
}

export function decimalNumber(lowest: number, highest: number): ParseValue<number> {
  return (value, origin) => {
    const number = /^\d{1,9}(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= lowest && number <= highest)) throw wrongValue(origin, `a number from ${lowest} to ${highest}`, value);
    return number;
  };
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]): ParseValue<Choice> {
  return (value, origin) => {
    const choice = choices.find((each) => each === value);
    if (choice === undefined) throw wrongValue(origin, `one of ${choices.join(", ")}`, value);
    return choice;
  };
}

/** Seconds, or [hours:]minutes:seconds as ffmpeg writes them: "90", "1.5", "1:30", "1:02:45.5". @returns seconds, above 0 */
export const timeSpan: ParseValue<number> = (value, origin) => {
  const match = /^(?:(?:(\d{1,4}):)?(\d{1,2}):)?(\d{1,9}(?:\.\d+)?)$/.exec(value);
  const [, hours, minutes, seconds] = match ?? [];
  const total = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? Number.NaN);
  const isClock = (minutes === undefined || Number(seconds) < 60) && (hours === undefined || Number(minutes) < 60);
  if (!(total > 0 && isClock)) {
    throw wrongValue(origin, "a time above 0 such as 90, 1.5 or 1:02:45", value);
  }
  return total;
};
