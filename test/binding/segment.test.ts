import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { binding, type PagePolicy } from "../../src/binding/index.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const folder = mkdtempSync(join(tmpdir(), "mm-segment-"));
afterAll(() => rmSync(folder, { recursive: true }));

function withFile(name: string, byteLength: number, use: (fd: number, path: string) => void): void {
  const path = join(folder, name);
  const fd = openSync(path, "w+");
  try {
    ftruncateSync(fd, byteLength);
    use(fd, path);
  } finally {
    closeSync(fd);
    rmSync(path);
  }
}

const bytesOf = (segment: { buffer(): ArrayBuffer }) => new Uint8Array(segment.buffer());

describe("anonymous segments", () => {
  test("hand out one ArrayBuffer, counted while they live", () => {
    const before = binding.liveSegmentBytes();
    const segment = binding.segmentAnonymous(3 * MIB, "base");
    expect(segment.byteLength).toBe(3 * MIB);
    expect(segment.writable).toBe(true);
    expect(segment.fd()).toBe(-1);
    expect(segment.buffer()).toBe(segment.buffer());
    expect(segment.buffer().byteLength).toBe(3 * MIB);
    expect(binding.liveSegmentBytes().anonymous - before.anonymous).toBe(3 * MIB);
    segment.close();
    expect(binding.liveSegmentBytes()).toEqual(before);
  });

  test("closing detaches every view before the memory goes", () => {
    const segment = binding.segmentAnonymous(MIB, "base");
    const buffer = segment.buffer();
    const view = new Uint8Array(buffer, 100, 200);
    const floats = new Float64Array(buffer);
    view[0] = 1;
    segment.close();
    segment.close();
    expect(segment.closed).toBe(true);
    expect(buffer.byteLength).toBe(0);
    expect(view.length).toBe(0);
    expect(view[0]).toBeUndefined();
    expect(floats.length).toBe(0);
    expect(() => segment.buffer()).toThrow(expect.objectContaining({ code: "EBADF", operation: "segmentBuffer" }));
    expect(() => segment.residentBytes()).toThrow(expect.objectContaining({ code: "EBADF" }));
    expect(() => segment.advise(0, 1, "normal")).toThrow(expect.objectContaining({ code: "EBADF" }));
  });

  test("count what is resident, and give pages back as zeros", () => {
    const segment = binding.segmentAnonymous(8 * MIB, "base");
    expect(segment.residentBytes()).toBe(0);
    bytesOf(segment).fill(1, 0, 4 * MIB);
    expect(segment.residentBytes()).toBe(4 * MIB);
    segment.advise(0, 2 * MIB, "dont-need");
    expect(segment.residentBytes()).toBe(2 * MIB);
    expect(bytesOf(segment)[0]).toBe(0);
    expect(bytesOf(segment)[2 * MIB]).toBe(1);
    segment.advise(0, 8 * MIB, "populate");
    expect(segment.residentBytes()).toBe(8 * MIB);
    segment.close();
  });

  test("transparent huge pages are granted exactly when the machine allows them", () => {
    const allowed = !readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8").includes("[never]");
    const segment = binding.segmentAnonymous(8 * MIB, "transparent-huge");
    expect(segment.granted).toBe(allowed ? "transparent-huge" : "base");
    expect(segment.pageBytes).toBe(allowed ? 2 * MIB : 4096);
    bytesOf(segment).fill(1);
    const smaps = readFileSync("/proc/self/smaps", "utf8");
    if (allowed) expect(smaps).toMatch(/AnonHugePages:\s+8192 kB/);
    segment.close();
  });

  test.each<PagePolicy>(["hugetlb-2m", "hugetlb-1g"])("%s is granted whole or refused with ENOMEM", (pages) => {
    try {
      const segment = binding.segmentAnonymous(MIB, pages);
      expect(segment.granted).toBe(pages);
      segment.close();
    } catch (error) {
      expect(error).toMatchObject({ code: "ENOMEM", operation: "mmap" });
    }
  });

  test("refuse what is not a size or not a policy, naming the argument", () => {
    const badSizes = [-1, 0.5, Number.NaN, 2 ** 53, "1"] as number[];
    for (const size of badSizes) {
      expect(() => binding.segmentAnonymous(size, "base")).toThrow(/^EINVAL: byteLength must be .*, segmentAnonymous$/);
    }
    expect(() => binding.segmentAnonymous(0, "base")).toThrow(expect.objectContaining({ code: "EINVAL" }));
    expect(() => binding.segmentAnonymous(1, "huge" as PagePolicy)).toThrow(/pages must be base/);
    expect(() => binding.segmentAnonymous(2 ** 52, "base")).toThrow(expect.objectContaining({ code: "ENOMEM" }));
  });

  test("cannot be made by their constructor, nor their members used on other objects", () => {
    const segment = binding.segmentAnonymous(4096, "base");
    const SegmentClass = segment.constructor as new () => unknown;
    expect(() => new SegmentClass()).toThrow(TypeError);
    const getter = Object.getOwnPropertyDescriptor(SegmentClass.prototype, "closed")?.get;
    const bitmap = binding.bitmap(4);
    for (const stranger of [{}, bitmap, Object.create(segment)]) {
      expect(() => getter?.call(stranger)).toThrow(TypeError);
      expect(() => segment.close.call(stranger)).toThrow(TypeError);
    }
    expect(() => binding.pool(bitmap as never, 1, 1, false)).toThrow(/segment must be a NativeSegment/);
    segment.close();
  });

  test("larger than an ArrayBuffer may be are refused at buffer() or given whole", () => {
    const segment = binding.segmentAnonymous(5 * GIB, "base");
    try {
      expect(segment.buffer().byteLength).toBe(5 * GIB);
    } catch (error) {
      expect(error).toMatchObject({ code: "EFBIG", operation: "segmentBuffer" });
    }
    segment.close();
  });
});

describe("shared segments", () => {
  test("are one memory through their descriptor", () => {
    const owner = binding.segmentShared("mm-test", MIB, "base");
    const peer = binding.segmentFromFd(owner.fd(), MIB, true);
    bytesOf(peer)[MIB - 1] = 42;
    expect(bytesOf(owner)[MIB - 1]).toBe(42);
    expect(peer.fd()).not.toBe(owner.fd());
    owner.close();
    expect(bytesOf(peer)[MIB - 1]).toBe(42);
    peer.close();
  });

  test("mapped without leave to write take a stray write without fault and keep it to themselves", () => {
    const owner = binding.segmentShared("mm-test", 4096, "base");
    const reader = binding.segmentFromFd(owner.fd(), 4096, false);
    bytesOf(owner)[0] = 1;
    expect(bytesOf(reader)[0]).toBe(1);
    bytesOf(reader)[1] = 9;
    expect(bytesOf(owner)[1]).toBe(0);
    expect(reader.writable).toBe(false);
    expect(() => binding.pool(reader, 64, 64, false)).toThrow(expect.objectContaining({ code: "EINVAL" }));
    reader.close();
    owner.close();
  });

  test("sealed against shrinking and growing keep their size", () => {
    const segment = binding.segmentShared("mm-test", 4096, "base");
    expect(segment.seals()).toEqual([]);
    segment.addSeals(["shrink", "grow"]);
    expect(segment.seals()).toEqual(["shrink", "grow"]);
    expect(() => ftruncateSync(segment.fd(), 0)).toThrow(expect.objectContaining({ code: "EPERM" }));
    expect(() => ftruncateSync(segment.fd(), 8192)).toThrow(expect.objectContaining({ code: "EPERM" }));
    expect(() => segment.addSeals(["lock"])).toThrow(expect.objectContaining({ code: "EINVAL" }));
    segment.addSeals(["seal"]);
    expect(() => segment.addSeals(["future-write"])).toThrow(expect.objectContaining({ code: "EPERM" }));
    segment.close();
  });

  test("smaller than asked are refused before they could fault", () => {
    const segment = binding.segmentShared("mm-test", 4096, "base");
    expect(() => binding.segmentFromFd(segment.fd(), 8192, true)).toThrow(expect.objectContaining({ code: "EINVAL" }));
    segment.close();
  });
});

describe("windows on files", () => {
  test("start at any byte, also past 4 GiB", () => {
    const offset = 5 * GIB + 4097;
    withFile("sparse", offset + MIB, (fd) => {
      writeSync(fd, "window", offset);
      const window = binding.segmentMapFile(fd, offset, MIB, "private-read", false);
      expect(Buffer.from(window.buffer(), 0, 6).toString()).toBe("window");
      expect(window.byteLength).toBe(MIB);
      window.close();
    });
  });

  test("private ones never write to the file", () => {
    withFile("private", 10_000, (fd, path) => {
      const window = binding.segmentMapFile(fd, 1, 9_000, "private-read", false);
      bytesOf(window).fill(255);
      window.close();
      expect(readFileSync(path).every((byte) => byte === 0)).toBe(true);
    });
  });

  test("private ones need no more than a descriptor for reading", () => {
    withFile("readonly", 4096, (_fd, path) => {
      const fd = openSync(path, "r");
      const window = binding.segmentMapFile(fd, 0, 4096, "private-read", true);
      closeSync(fd);
      bytesOf(window)[0] = 1;
      expect(window.residentBytes()).toBe(4096);
      window.close();
    });
  });

  test("shared ones write through", () => {
    withFile("shared", 10_000, (fd) => {
      const window = binding.segmentMapFile(fd, 5_000, 5_000, "shared-write", false);
      bytesOf(window)[0] = 77;
      window.sync();
      const byte = Buffer.alloc(1);
      readSync(fd, byte, 0, 1, 5_000);
      expect(byte[0]).toBe(77);
      window.close();
    });
  });

  test("past the end are refused by the size the file has at that moment", () => {
    withFile("shrinking", 100_000, (fd) => {
      binding.segmentMapFile(fd, 50_000, 50_000, "private-read", false).close();
      ftruncateSync(fd, 60_000);
      const map = () => binding.segmentMapFile(fd, 50_000, 50_000, "private-read", false);
      expect(map).toThrow(expect.objectContaining({ code: "EINVAL", operation: "segmentMapFile" }));
    });
  });

  test("populated ones are resident at once and cost no anonymous memory", () => {
    withFile("populated", 0, (fd, path) => {
      writeFileSync(path, Buffer.alloc(16 * MIB, 1));
      const before = binding.processMemory(process.pid)?.anonBytes ?? 0;
      const window = binding.segmentMapFile(fd, 0, 16 * MIB, "private-read", true);
      expect(window.residentBytes()).toBe(16 * MIB);
      expect((binding.processMemory(process.pid)?.anonBytes ?? 0) - before).toBeLessThan(8 * MIB);
      window.close();
    });
  });
});
