import { formatBytes, formatSeconds } from "../../../base/index.ts";
import { el } from "./dom.ts";

export { formatBytes };

export function formatMs(ms: number): string {
  return formatSeconds(ms / 1000);
}

/** Short, for axes: "512M", "1.5G". */
export function axisBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes <= 0 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[power] ?? ""}`;
}

/** Bytes for people, exact ones on hover. */
export function bytes(value: number, errorBytes = 0): HTMLElement {
  const error = errorBytes > 0 ? ` ± ${formatBytes(errorBytes)}` : "";
  return el("span", { class: "number", title: `${grouped(Math.round(value))} bytes` }, formatBytes(value) + error);
}

/** "1 234 567", with thin spaces. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value !== 0 && Math.abs(value) < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** Short, for counters: "12", "3.4k", "1.2M". */
export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e3) return `${(value / 1e3).toFixed(1)}k`;
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}
