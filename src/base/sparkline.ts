const LEVELS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** One block per value, its height the share of `limit`: a full block is the limit or above, the lowest an eighth or less. */
export function sparkline(values: readonly number[], limit: number): string {
  return values
    .map((value) => {
      const share = limit > 0 ? Math.min(1, Math.max(0, value / limit)) : 0;
      return LEVELS[Math.max(0, Math.ceil(share * LEVELS.length) - 1)];
    })
    .join("");
}
