import { parseBytes, UsageError } from "../base/index.ts";

/** Reads one value as the user typed it. `origin` is the flag or variable it came from, for the error. Throws UsageError. */
export type ParseValue<T> = (text: string, origin: string) => T;

export function wrongValue(origin: string, expected: string, received: string, hint?: string): UsageError {
  return new UsageError(`${origin} needs ${expected}, got "${received}"`, {
    details: { option: origin, expected, received },
    ...(hint === undefined ? {} : { hint }),
  });
}

export const byteSize: ParseValue<number> = (text, origin) => parseBytes(text, origin);

/** A name or path; anything but nothing. */
export const text: ParseValue<string> = (value, origin) => {
  if (value.trim() === "") throw wrongValue(origin, "a value", value);
  return value;
};

/** Names of files or records, one a line: they may hold commas. */
export const lineList: ParseValue<readonly string[]> = (value, origin) => value.split("\n").map((each) => text(each, origin));

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
    if (!(number >= lowest && number <= highest)) {
      const isPercent = highest === 1 && number >= 100 * lowest && number <= 100;
      throw wrongValue(
        origin,
        `a number from ${lowest} to ${highest}`,
        value,
        isPercent ? `a share, not percent: ${number / 100}` : undefined,
      );
    }
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

/** Names with commas between them. */
export function listOf<const Choice extends string>(choices: readonly Choice[]): ParseValue<readonly Choice[]> {
  return (value, origin) =>
    value.split(",").map((name) => {
      const choice = choices.find((each) => each === name.trim());
      if (choice === undefined) throw wrongValue(origin, `names out of ${choices.join(", ")}, with commas between them`, value);
      return choice;
    });
}

/** Seconds, or [hours:]minutes:seconds as ffmpeg writes them: "90", "1.5", "1:30", "1:02:45.5". @returns seconds, above 0 */
export const timeSpan: ParseValue<number> = (value, origin) => {
  const seconds = secondsOf(value);
  if (seconds === undefined || seconds === 0) throw wrongValue(origin, "a time above 0 such as 90, 1.5 or 1:02:45", value);
  return seconds;
};

/** As timeSpan, or 0. @returns seconds */
export const timePoint: ParseValue<number> = (value, origin) => {
  const seconds = secondsOf(value);
  if (seconds === undefined) throw wrongValue(origin, "a time such as 90, 1.5 or 1:02:45", value);
  return seconds;
};

function secondsOf(value: string): number | undefined {
  const match = /^(?:(?:(\d{1,4}):)?(\d{1,2}):)?(\d{1,9}(?:\.\d+)?)$/.exec(value);
  const [, hours, minutes, seconds] = match ?? [];
  const total = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? Number.NaN);
  const isClock = (minutes === undefined || Number(seconds) < 60) && (hours === undefined || Number(minutes) < 60);
  return total >= 0 && isClock ? total : undefined;
}

/** Rates of television, which people write with two or three digits. */
const TELEVISION_RATES = [24, 30, 48, 60, 120];

/** "25", "29.97", "30000/1001". @returns frames per second as a fraction */
export const frameRate: ParseValue<{ readonly num: number; readonly den: number }> = (value, origin) => {
  const [, num = "", decimals, den] = /^(\d{1,6})(?:\.(\d{1,3})|\/(\d{1,6}))?$/.exec(value) ?? [];
  const rate = decimals === undefined ? { num: Number(num), den: Number(den ?? 1) } : decimalRate(Number(`${num}.${decimals}`));
  if (!(rate.num > 0 && rate.den > 0 && rate.num / rate.den <= 1000)) {
    throw wrongValue(origin, "frames per second up to 1000 such as 25, 29.97 or 30000/1001", value);
  }
  return rate;
};

function decimalRate(rate: number): { num: number; den: number } {
  const television = TELEVISION_RATES.find((whole) => Math.abs(rate - (whole * 1000) / 1001) < 0.006);
  return television === undefined ? { num: Math.round(rate * 1000), den: 1000 } : { num: television * 1000, den: 1001 };
}

/** "1280x720", "1280x-2", "-2x720". @returns luma samples; -2 = what keeps the aspect */
export const frameSize: ParseValue<{ readonly width: number; readonly height: number }> = (value, origin) => {
  const [, width = "", height = ""] = /^(-2|\d{1,5})x(-2|\d{1,5})$/.exec(value) ?? [];
  const size = { width: Number(width || Number.NaN), height: Number(height || Number.NaN) };
  const isSide = (side: number): boolean => side === -2 || (side >= 16 && side <= 16_384);
  if (!isSide(size.width) || !isSide(size.height) || size.width + size.height < 0) {
    throw wrongValue(origin, "a size from 16 to 16384 such as 1280x720, 1280x-2 or -2x720", value);
  }
  return size;
};

/** "2M", "800k", "1500000", as ffmpeg writes them. @returns bits per second */
export const bitRate: ParseValue<number> = (value, origin) => {
  const [, digits = "", unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([kKM]?)$/.exec(value) ?? [];
  const rate = Math.round(Number(digits || Number.NaN) * (unit === "M" ? 1e6 : unit === "" ? 1 : 1e3));
  if (!(rate >= 1000 && rate <= 2e9)) throw wrongValue(origin, "bits per second such as 800k, 2.5M or 1500000", value);
  return rate;
};
