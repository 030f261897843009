import { describe, expect, it } from "vitest";
import { TagLedger } from "../../src/memory/tags.ts";

describe("TagLedger", () => {
  it("keeps current, peak and number of reservations of each tag, biggest peak first", () => {
    const ledger = new TagLedger();
    ledger.add("io.window", 10);
    ledger.add("media.frame", 30);
    ledger.add("media.frame", 20);
    ledger.subtract("media.frame", 45);
    ledger.countSplit("io.window");
    expect(ledger.stats()).toEqual([
      { tag: "media.frame", currentBytes: 5, peakBytes: 50, reservations: 2 },
      { tag: "io.window", currentBytes: 10, peakBytes: 10, reservations: 2 },
    ]);
  });

  it("names the holders of now by what they hold now", () => {
    const ledger = new TagLedger();
    ledger.add("a.gone", 100);
    ledger.subtract("a.gone", 100);
    ledger.add("b.small", 1);
    ledger.add("c.big", 9);
    expect(ledger.holders().map((holder) => holder.tag)).toEqual(["c.big", "b.small"]);
  });

  it("notices a tag that gives back more than it took", () => {
    const ledger = new TagLedger();
    ledger.add("a.b", 1);
    expect(() => ledger.subtract("a.b", 2)).toThrow("tag a.b gave back more than it took");
  });
});
