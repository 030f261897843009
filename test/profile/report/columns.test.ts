import { expect, test } from "vitest";
import { packColumns, unpackColumns } from "../../../src/profile/report/columns.ts";
import { seeded } from "../synthetic.ts";

test("what is packed comes back, columns where they were", () => {
  const document = {
    a: Float64Array.of(0, -1, 5, 2 ** 50, -(2 ** 50), 127, 128),
    text: "naïve \u2028 </script>",
    inner: [{ b: new Float64Array(0), c: null }, { d: Float64Array.of(0.001, 1.5, -2.25, 86_400_000.125) }],
  };
  expect(unpackColumns(packColumns(document))).toEqual(document);
});

test("columns of many lengths and steps come back, from inside a larger buffer too", () => {
  const random = seeded(9);
  const columns = Array.from({ length: 40 }, (_, index) =>
    Float64Array.from({ length: index * 13 }, () => Math.floor((random() - 0.3) * 2 ** (index + 5))),
  );
  const packed = packColumns({ columns });
  const shifted = new Uint8Array(packed.length + 3);
  shifted.set(packed, 3);
  expect(unpackColumns(shifted.subarray(3))).toEqual({ columns });
});

test("a flat column is a byte for each value", () => {
  const flat = packColumns({ a: new Float64Array(10_000).fill(123_456_789) });
  expect(flat.length).toBeLessThan(10_100);
});
