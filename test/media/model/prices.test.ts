import { describe, expect, it } from "vitest";
import type { EncoderName } from "../../../src/media/model/index.ts";
import { type PricedSetting, pricePercent, priceText } from "../../../src/media/model/prices.ts";
import { calibration } from "./calibration.ts";

type PriceRow = { encoder: EncoderName; setting: PricedSetting | "weightp"; value: number; percent: number };

const medium: Readonly<Record<EncoderName, Partial<Record<PricedSetting, number>>>> = {
  libx264: { "rc-lookahead": 40, ref: 3, bframes: 3, "sliced-threads": 1 },
  libx265: { "rc-lookahead": 20, ref: 3, bframes: 4, ctu: 64, "frame-threads": 1 },
  "libvpx-vp9": {},
  libsvtav1: { lookahead: 1, "hierarchical-levels": 4 },
  "libaom-av1": { "lag-in-frames": 35 },
};

describe("pricePercent", () => {
  // Weighted prediction was priced and is on no rung: a single fade costs more than all of it saves.
  const priced = calibration<PriceRow>("prices").flatMap((row) => (row.setting === "weightp" ? [] : [{ ...row, setting: row.setting }]));

  it.each(priced.map((row) => [`${row.encoder} ${row.setting}=${row.value}`, row] as const))(
    "quotes what was measured for %s",
    (_, row) => {
      const from = medium[row.encoder][row.setting] ?? Number.NaN;
      expect(Math.abs(pricePercent(row.encoder, row.setting, from, row.value) - row.percent)).toBeLessThan(0.06);
    },
  );

  it("charges a step between two lowered values only for the difference", () => {
    const whole = 1 + pricePercent("libx264", "rc-lookahead", 40, 5) / 100;
    const halves = (1 + pricePercent("libx264", "rc-lookahead", 40, 10) / 100) * (1 + pricePercent("libx264", "rc-lookahead", 10, 5) / 100);
    expect(halves).toBeCloseTo(whole, 10);
  });

  it("reads a value that was not measured off its neighbours", () => {
    const price = pricePercent("libx264", "rc-lookahead", 40, 7);
    expect(price).toBeGreaterThan(pricePercent("libx264", "rc-lookahead", 40, 10));
    expect(price).toBeLessThan(pricePercent("libx264", "rc-lookahead", 40, 5));
  });
});

describe("priceText", () => {
  it("says so when nothing was lost", () => {
    expect(priceText(-0.1)).toBe("no measurable loss");
    expect(priceText(1.26)).toBe("about +1.3 % bitrate at equal PSNR");
  });
});
