/** Values of XML Schema, as docs/PARSE.md reads them; undefined for what is none. */
const MOST = Number.MAX_SAFE_INTEGER;

function trimmed(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

export function flagOf(text: string): boolean | undefined {
  return { true: true, 1: true, false: false, 0: false }[trimmed(text) as "true"];
}

export function integerOf(text: string): number | undefined {
  const word = trimmed(text);
  const value = Number(word);
  return /^[+-]?\d+$/.test(word) && Math.abs(value) <= MOST ? value : undefined;
}

const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/;

export function millisecondsOf(text: string): number | undefined {
  const word = trimmed(text);
  const match = DURATION.exec(word);
  if (match === null || /[PT]$/.test(word)) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1, 5).map((digits) => BigInt(digits ?? 0));
  const whole = ((BigInt(days) * 24n + BigInt(hours)) * 60n + BigInt(minutes)) * 60n + BigInt(seconds);
  const fraction = `${match[5] ?? ""}0000`;
  const thousandths = BigInt(fraction.slice(0, 3)) + (fraction.charAt(3) >= "5" ? 1n : 0n);
  const milliseconds = whole * 1000n + thousandths;
  return milliseconds <= BigInt(MOST) ? Number(milliseconds) : undefined;
}

export function explicitOf(text: string): boolean | null {
  const word = trimmed(text);
  if (word === "Explicit") return true;
  return word === "NotExplicit" || word === "ExplicitContentEdited" ? false : null;
}
