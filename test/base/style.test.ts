import { expect, test } from "vitest";
import { MARKS, type Palette, withColours } from "../../src/base/style.ts";

const shown = (name: string) => (text: string) => `<${name}>${text}</>`;
const PALETTE: Palette = { bold: shown("b"), dim: shown("d"), red: shown("r"), green: shown("g"), yellow: shown("y") };

test("marked text gets the colours of whoever shows it", () => {
  const line = `${MARKS.dim("peak")} ${MARKS.bold("1.0 MiB")} of 2, ${MARKS.red("a\nb")}`;
  expect(withColours(line, PALETTE)).toBe("<d>peak</> <b>1.0 MiB</> of 2, <r>a\nb</>");
  expect(withColours("plain", PALETTE)).toBe("plain");
});
