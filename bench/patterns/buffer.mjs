/** One buffer for many files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BufferManager } from "../../dist/memory/index.js";

const FILES = 40;

export const buffer = [
  (budget) => {
    const folder = mkdtempSync(join(tmpdir(), "mm-bench-"));
    const paths = Array.from({ length: FILES }, (_, i) => join(folder, String(i)));
    // 50 KB to 2 MB, in no order.
    for (const [i, path] of paths.entries()) writeFileSync(path, Buffer.alloc(50_000 * (1 + ((i * 17) % FILES)), i + 1));
    const manager = new BufferManager(budget, "bench.buffer");
    const ends = (bytes) => bytes[0] + bytes[bytes.length - 1];
    return {
      name: `${FILES} files of 50 KB to 2 MB, read whole one after the other`,
      unit: "file",
      workPerRun: FILES,
      sides: [
        {
          name: "BufferManager",
          run: () => paths.reduce((sum, path) => sum + manager.processFile(path, ends), 0),
          make: () => {
            const own = new BufferManager(budget, "bench.buffer");
            for (const path of paths) own.processFile(path, ends);
            return own;
          },
        },
        {
          name: "readFileSync",
          run: () => paths.reduce((sum, path) => sum + ends(readFileSync(path)), 0),
          make: () => paths.map((path) => readFileSync(path)),
        },
      ],
      close: () => {
        manager[Symbol.dispose]();
        rmSync(folder, { recursive: true });
      },
      conclude: (isSlower) =>
        isSlower(1)
          ? "memory that was filled before needs no page faults; and it holds the largest file, where the others hold what the collector has not come to"
          : "reading dominates; what is held is bounded by the largest file, where the others hold what the collector has not come to",
    };
  },
];
