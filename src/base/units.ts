import { UsageError } from "./errors.ts";

export const KIB = 1024;
export const MIB = 1024 * 1024;
export const GIB = 1024 * 1024 * 1024;

const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: KIB,
  m: MIB,
  g: GIB,
  t: 1024 * GIB,
  kib: KIB,
  mib: MIB,
  gib: GIB,
  tib: 1024 * GIB,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

/**
 * Reads a size as docs/cli.md fixes it: K M G T and KiB.. are powers of 1024, kB MB GB TB powers of 1000.
 *
 * @returns bytes, a positive safe integer
 * @throws UsageError naming the option
 */
export function parseBytes(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unitBytes = UNIT_BYTES[match?.[2]?.toLowerCase() ?? "?"];
  const bytes = match?.[1] !== undefined && unitBytes !== undefined ? Math.round(Number(match[1]) * unitBytes) : Number.NaN;
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new UsageError(`${option} needs a size such as 512M, 2G or 1.5GiB, got "${text}"`, { details: { option, received: text } });
  }
  return bytes;
}

/** Bytes for people: "512.0 MiB". Powers of 1024, as the kernel counts. */
export function formatBytes(bytes: number): string {
  const sign = bytes < 0 ? "-" : "";
  const size = Math.abs(bytes);
  if (size >= GIB) return `${sign}${(size / GIB).toFixed(2)} GiB`;
  if (size >= MIB) return `${sign}${(size / MIB).toFixed(1)} MiB`;
  if (size >= KIB) return `${sign}${(size / KIB).toFixed(1)} KiB`;
  return `${sign}${Math.round(size)} B`;
}

/** The smallest `--max-memory` value in whole mebibytes that is at least `bytes`: "203M". */
export function bytesAsFlag(bytes: number): string {
  return `${Math.ceil(bytes / MIB)}M`;
}

/** Seconds for people: "0.42 s", "12.3 s", "3:07", "1:02:45". */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
