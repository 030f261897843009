import { closeSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { binding } from "../../../src/binding/index.ts";
import { JobCountersReader, listJobs, processIdentity, readJobCounters } from "../../../src/memory/index.ts";
import { COUNTERS_BYTES, COUNTERS_SCHEMA, type JobCounters, LAYOUT, MOST_OWNERS } from "../../../src/memory/share/job-counters.ts";
import { decodeCounters } from "../../../src/memory/share/job-counters-reader.ts";
import { JobCountersWriter } from "../../../src/memory/share/job-counters-writer.ts";
import { jobGroup, jobName } from "../../../src/memory/share/job-names.ts";

const COUNTERS: JobCounters = {
  pid: process.pid,
  startTicks: processIdentity().startTicks,
  command: "transcode",
  phase: "encode",
  done: 12,
  total: 360,
  limitBytes: 2 ** 40,
  budgetBytes: 1000,
  ledgerBytes: 900,
  treeBytes: 800,
  ownBytes: 300,
  childrenBytes: 500,
  peakBytes: 850,
  plannedPeakBytes: 950,
  poolSlots: 7,
  poolAvailable: 3,
  spilledBytes: 11,
  copiedBytes: 13,
  admissionWaitMs: 17,
  level: "warning",
  owners: [
    { tag: "lane.ffmpeg", currentBytes: 500, peakBytes: 600 },
    { tag: "runtime.baseline", currentBytes: 20, peakBytes: 25 },
  ],
};

/** What a job of this process would hand over. */
function published(writer: JobCountersWriter, metadata: object = { schema: COUNTERS_SCHEMA, version: "1.2.3" }) {
  const parts = [{ fd: writer.segment.fd(), offset: 0, length: COUNTERS_BYTES }];
  const handover = binding.handover(jobName(jobGroup() ?? "", process.pid), parts, JSON.stringify(metadata));
  return { handover, [Symbol.dispose]: () => handover.close() };
}

describe("counters of a job", () => {
  it("are read as they were written, again and again, and the job is listed", () => {
    using writer = new JobCountersWriter();
    using job = published(writer);
    writer.write(COUNTERS);
    expect(listJobs().map(({ pid }) => pid)).toContain(process.pid);
    expect(readJobCounters(process.pid)).toEqual(COUNTERS);
    using reader = JobCountersReader.open(process.pid);
    expect(reader?.version).toBe("1.2.3");
    writer.write({ ...COUNTERS, done: 13, phase: "proof", owners: [] });
    expect(reader?.read()).toEqual({ ...COUNTERS, done: 13, phase: "proof", owners: [] });
    expect(job.handover.answered()).toBe(2);
    reader?.[Symbol.dispose]();
    expect(reader?.read()).toBeUndefined();
  });

  it("hold the biggest owners, as many as there is room for", () => {
    using writer = new JobCountersWriter();
    const owners = Array.from({ length: 40 }, (_, at) => ({ tag: `owner.n${at}` as const, currentBytes: at, peakBytes: 100 - at }));
    writer.write({ ...COUNTERS, owners });
    expect(decodeCounters(new DataView(writer.segment.buffer()), process.pid)?.owners).toEqual(owners.slice(0, MOST_OWNERS));
  });

  it("cannot be written by others, nor cut off or grown", () => {
    using writer = new JobCountersWriter();
    expect(writer.segment.seals().sort()).toEqual(["future-write", "grow", "seal", "shrink"]);
    expect(() => binding.segmentFromFd(writer.segment.fd(), COUNTERS_BYTES, true)).toThrow(expect.objectContaining({ code: "EPERM" }));
  });

  it("are nobody's where no job has that pid, or the job has ended", () => {
    expect(readJobCounters(1)).toBeUndefined();
    using writer = new JobCountersWriter();
    writer.write({ ...COUNTERS, startTicks: COUNTERS.startTicks + 1 });
    using _job = published(writer);
    expect(readJobCounters(process.pid)).toBeUndefined();
  });

  it.each([
    ["another schema", { schema: "mm.counters/2", version: "1" }],
    ["no version", { schema: COUNTERS_SCHEMA }],
  ])("are not taken from %s", (_what, metadata) => {
    using writer = new JobCountersWriter();
    writer.write(COUNTERS);
    using _job = published(writer, metadata);
    expect(readJobCounters(process.pid)).toBeUndefined();
  });

  it("are not taken from memory that its sender could cut off", () => {
    const open = binding.segmentShared("unsealed", COUNTERS_BYTES, "base");
    const metadata = JSON.stringify({ schema: COUNTERS_SCHEMA, version: "1" });
    const handover = binding.handover(
      jobName(jobGroup() ?? "", process.pid),
      [{ fd: open.fd(), offset: 0, length: COUNTERS_BYTES }],
      metadata,
    );
    expect(readJobCounters(process.pid)).toBeUndefined();
    handover.close();
    open.close();
  });

  it("are given up on when every copy is torn", () => {
    using writer = new JobCountersWriter();
    writer.write(COUNTERS);
    using _job = published(writer);
    using reader = JobCountersReader.open(process.pid);
    Atomics.add(new Int32Array(writer.segment.buffer()), LAYOUT.sequence / 4, 1);
    expect(reader?.read()).toBeUndefined();
    Atomics.add(new Int32Array(writer.segment.buffer()), LAYOUT.sequence / 4, 1);
    expect(reader?.read()).toEqual(COUNTERS);
  });

  it("make sense or are none, whatever bytes stand in the page", () => {
    using writer = new JobCountersWriter();
    writer.write(COUNTERS);
    const whole = new Uint8Array(writer.segment.buffer()).slice();
    let state = 12345;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state;
    };
    let refused = 0;
    for (let round = 0; round < 5000; round += 1) {
      const page = whole.slice();
      for (let times = random() % 12; times >= 0; times -= 1) page[random() % 400] = random() % 256;
      const counters = decodeCounters(new DataView(page.buffer), process.pid);
      if (counters === undefined) {
        refused += 1;
        continue;
      }
      const { command, phase, owners, level, ...figures } = counters;
      expect(Object.values(figures).every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
      expect(`${command}${phase}${level}${owners.map(({ tag }) => tag).join("")}`).toMatch(/^[\x20-\x7e]*$/);
    }
    expect(refused).toBeGreaterThan(500);
  });

  it("leave no descriptor open", () => {
    using writer = new JobCountersWriter();
    writer.write(COUNTERS);
    using _job = published(writer);
    const first = binding.pipe(4096);
    for (let round = 0; round < 50; round += 1) readJobCounters(process.pid);
    const second = binding.pipe(4096);
    expect(second.readFd - first.readFd).toBe(2);
    for (const { readFd, writeFd } of [first, second]) for (const fd of [readFd, writeFd]) closeSync(fd);
  });
});
