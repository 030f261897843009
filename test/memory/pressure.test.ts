import { describe, expect, it } from "vitest";
import { PressureGauge } from "../../src/memory/pressure.ts";

describe("PressureGauge", () => {
  it("warns from 80 % and is critical from 95 %", () => {
    expect(new PressureGauge().update(0.7999)).toBe("ok");
    expect(new PressureGauge().update(0.8)).toBe("warning");
    expect(new PressureGauge().update(0.9499)).toBe("warning");
    expect(new PressureGauge().update(0.95)).toBe("critical");
  });

  it("leaves a level only 5 % below where it began", () => {
    const gauge = new PressureGauge();
    const levels = [0.8, 0.76, 0.749, 0.79, 0.96, 0.91, 0.899, 0.95, 0.5].map((share) => gauge.update(share));
    expect(levels).toEqual(["warning", "warning", "ok", "ok", "critical", "critical", "warning", "critical", "ok"]);
    expect(gauge.level).toBe("ok");
  });

  it("falls from critical to warning, not to ok, within the hysteresis of both", () => {
    const gauge = new PressureGauge();
    gauge.update(1);
    expect(gauge.update(0.76)).toBe("warning");
  });
});
