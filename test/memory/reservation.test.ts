import { describe, expect, it } from "vitest";
import { InternalError, UseAfterReleaseError } from "../../src/base/index.ts";
import { roomyBudget } from "./roomy-budget.ts";

describe("Reservation", () => {
  it("gives back the difference when it shrinks", () => {
    const budget = roomyBudget(100);
    const reservation = budget.reserve(80, "test.a");
    reservation.shrinkTo(30);
    expect(reservation.bytes).toBe(30);
    expect(budget.reservedBytes).toBe(30);
  });

  it("does not grow", () => {
    const reservation = roomyBudget(100).reserve(10, "test.a");
    expect(() => reservation.shrinkTo(11)).toThrow(InternalError);
    expect(() => reservation.split(11)).toThrow(InternalError);
    expect(reservation.bytes).toBe(10);
  });

  it("splits without an instant in which the bytes are free", () => {
    const budget = roomyBudget(100);
    const whole = budget.reserve(100, "test.a");
    const part = whole.split(40);
    expect([whole.bytes, part.bytes, part.tag]).toEqual([60, 40, "test.a"]);
    expect(budget.reservedBytes).toBe(100);
    expect(budget.peakBytes).toBe(100);
    whole[Symbol.dispose]();
    expect(budget.reservedBytes).toBe(40);
    part[Symbol.dispose]();
    budget[Symbol.dispose]();
  });

  it("comes home once, however often it is disposed", () => {
    const budget = roomyBudget(100);
    const kept = budget.reserve(50, "test.a");
    const reservation = budget.reserve(20, "test.a");
    reservation[Symbol.dispose]();
    reservation[Symbol.dispose]();
    expect(budget.reservedBytes).toBe(kept.bytes);
    expect(reservation.bytes).toBe(0);
  });

  it("cannot be used once released", () => {
    const reservation = roomyBudget(100).reserve(20, "test.a");
    reservation[Symbol.dispose]();
    expect(() => reservation.shrinkTo(0)).toThrow(UseAfterReleaseError);
    expect(() => reservation.split(0)).toThrow(UseAfterReleaseError);
  });
});
