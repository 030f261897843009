import type { Capture, CaptureEvent } from "../../src/profile/capture/records.ts";
import { type Actor, MIB, played, seeded, stacksFrom } from "./synthetic.ts";

const JS_NAMES = [
  ...["main", "startServer", "Router.handle", "Session.load", "parseJson", "Cache.put", "renderPage", "Template.compile", "db.query"],
  ...["rowsToObjects", "Buffer.concat", "readBody", "zlib.inflate", "Logger.write", "Map.set", "Array.map", "String.split", "(anonymous)"],
];
const NATIVE_NAMES = [
  "uv_run",
  "uv__io_poll",
  "node::Start",
  "sqlite3_step",
  "sqlite3MemMalloc",
  "deflateInit2_",
  "ares_process",
  "operator new",
  "std::vector::reserve",
];

function ramp(fromMs: number, toMs: number, lowBytes: number, highBytes: number) {
  return (atMs: number) => lowBytes + (highBytes - lowBytes) * Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)));
}

/** A server that encodes: one Node process, three ffmpeg children, a short shell, shared frames, stacks and marks. */
export function serverScene(): Capture {
  const saw = (atMs: number) => 40 * MIB * ((atMs % 1700) / 1700);
  const actors: Actor[] = [
    {
      ...{ pid: 4100, parent: -1, startMs: 0, endMs: 30_000, command: ["/usr/bin/node", "server.js", "--port", "8080"], isNode: true },
      ...{ anonBytes: (atMs) => ramp(0, 2500, 40 * MIB, 150 * MIB)(atMs) + saw(atMs), sharedBytes: 96 * MIB, fileBytes: 42 * MIB },
    },
    ...[0, 1, 2].map(
      (lane): Actor => ({
        ...{ pid: 4110 + lane, parent: 0, startMs: 3000 + lane * 4000, endMs: 19_000 + lane * 3500 },
        ...{ command: ["/usr/bin/ffmpeg", "-i", `in${lane}.mkv`, "-c:v", "libx264", `out${lane}.mp4`], fileBytes: 18 * MIB },
        ...{ anonBytes: ramp(3000 + lane * 4000, 9000 + lane * 4000, 30 * MIB, (180 + 60 * lane) * MIB), sharedBytes: 96 * MIB },
      }),
    ),
    { pid: 4120, parent: 0, startMs: 12_010, endMs: 12_040, command: ["/bin/sh", "-c", "du -s ."], anonBytes: () => MIB },
    { pid: 4121, parent: 4, startMs: 12_015, endMs: 12_035, command: ["du", "-s", "."], anonBytes: () => MIB },
  ];
  const mark = (atMs: number, name: string): CaptureEvent => ({ type: "mark", process: 0, atMs, name });
  const events: CaptureEvent[] = [
    ...[mark(2600, "listening"), mark(11_000, "three lanes"), mark(26_500, "draining")],
    { type: "stacks", process: 0, thread: 0, atMs: 29_900, stacks: stacksFrom(7, "js", JS_NAMES, 512 * 1024) },
    { type: "stacks", process: 0, thread: 0, atMs: 29_900, stacks: stacksFrom(8, "native", NATIVE_NAMES, 64 * 1024) },
  ];
  const play = { durationMs: 30_000, cgroup: true, stallAt: (atMs: number) => (atMs > 15_000 && atMs < 18_000 ? 0.2 : 0) };
  return played(actors, play, { events, end: { atMs: 30_000, cgroupPeakBytes: 1180 * MIB, ownCpuMs: 96 } });
}

/** A compiler of one process, no Node, no stacks. */
export function lonelyScene(): Capture {
  const anonBytes = (atMs: number) => 12 * MIB + 220 * MIB * Math.sin(Math.min(1, atMs / 6000) * Math.PI) ** 2;
  const actor: Actor = { pid: 77, parent: -1, startMs: 0, endMs: 6000, command: ["/usr/bin/cc1plus", "-O2", "big.cpp"], anonBytes };
  return played([actor], { durationMs: 6000 }, { header: { command: ["cc1plus", "-O2", "big.cpp"] } });
}

/** make -j: fifty processes that come and go, one of them killed. */
export function makeScene(): Capture {
  const random = seeded(5);
  const actors: Actor[] = [
    { pid: 900, parent: -1, startMs: 0, endMs: 40_000, command: ["/usr/bin/make", "-j8"], anonBytes: () => 4 * MIB },
  ];
  for (let index = 1; index < 50; index += 1) {
    const startMs = Math.round(500 + random() * 33_000);
    const endMs = Math.min(39_500, startMs + Math.round(400 + random() ** 2 * 9000));
    const topBytes = (20 + random() ** 3 * 300) * MIB;
    const name = random() < 0.8 ? "cc1plus" : random() < 0.5 ? "as" : "ld";
    actors.push({
      ...{ pid: 900 + index, parent: 0, startMs, endMs, command: [`/usr/lib/gcc/${name}`, "-O2", `unit${index}.cpp`] },
      ...{ anonBytes: ramp(startMs, endMs, 6 * MIB, topBytes), fileBytes: 25 * MIB },
      ...(index === 20 ? { exit: { code: null, signal: 9 } } : {}),
    });
  }
  // Processes are numbered in the order in which they are seen.
  actors.sort((a, b) => a.startMs - b.startMs);
  return played(
    actors,
    { durationMs: 40_000 },
    { header: { command: ["make", "-j8"], limitBytes: 8192 * MIB }, end: { atMs: 40_000, exitCode: 2 } },
  );
}

/** Names that try to break out of a page, a terminal and a Markdown table. */
export const HOSTILE = "</script><img src=x onerror=alert(1)>\"'`|\u202egnp.exe\u001b[31m\n# owned";

export function hostileScene(): Capture {
  const anonBytes = ramp(0, 2000, 10 * MIB, 60 * MIB);
  const actors: Actor[] = [
    { pid: 1, parent: -1, startMs: 0, endMs: 3000, command: [`/tmp/${HOSTILE}`, HOSTILE], anonBytes },
    { pid: 2, parent: 0, startMs: 500, endMs: 2500, command: [`/tmp/-->${HOSTILE}`], anonBytes },
  ];
  const stacks = stacksFrom(3, "js", [HOSTILE, "b", "<b>bold</b>", "__proto__", "constructor"]);
  return played(
    actors,
    { durationMs: 3000 },
    {
      header: { command: [`/tmp/${HOSTILE}`, HOSTILE], unavailable: [HOSTILE] },
      events: [
        { type: "mark", process: 0, atMs: 1000, name: HOSTILE },
        { type: "stacks", process: 0, thread: 0, atMs: 2900, stacks },
      ],
    },
  );
}

/** An mm job: phases, a ledger by owner, pool tags. */
export function jobScene(): Capture {
  const actors: Actor[] = [
    {
      pid: 60,
      parent: -1,
      startMs: 0,
      endMs: 12_000,
      command: ["mm", "reduce", "-i", "x.fasta"],
      anonBytes: ramp(0, 4000, 40 * MIB, 240 * MIB),
      isNode: true,
    },
  ];
  const owners: CaptureEvent[] = Array.from({ length: 24 }, (_, index) => ({
    type: "owners",
    process: 0,
    atMs: index * 500,
    phase: index < 6 ? "read" : index < 16 ? "cluster" : "write",
    owners: [
      { tag: "reduce.arena", bytes: Math.min(index, 8) * 16 * MIB, peakBytes: 128 * MIB },
      { tag: "reduce.index", bytes: index > 5 && index < 16 ? 80 * MIB : 0, peakBytes: 80 * MIB },
      { tag: "io.windows", bytes: 12 * MIB, peakBytes: 12 * MIB },
    ],
  }));
  const job = Array.from({ length: 120 }, (_, index) => ({
    atMs: index * 100,
    process: 0,
    limitBytes: 300 * MIB,
    ledgerBytes: 200 * MIB,
    poolSlots: 6,
    poolAvailable: index % 6,
  }));
  const stacks = stacksFrom(4, "pool", ["pool", "frames", "windows", "arena"]);
  return played(
    actors,
    { durationMs: 12_000 },
    {
      job,
      header: { command: ["mm", "reduce", "-i", "x.fasta"] },
      events: [...owners, { type: "stacks", process: 0, thread: 0, atMs: 11_900, stacks }],
    },
  );
}

/** The profiler was killed at 22 s: what came later was never written. */
export function cutScene(): Capture {
  return cutAt(makeScene(), 22_000);
}

export function cutAt(whole: Capture, untilMs: number): Capture {
  const cut = <Columns extends Readonly<Record<string, Float64Array>>>(table: Columns): Columns => {
    const count = table.atMs?.findIndex((atMs) => atMs > untilMs) ?? -1;
    return Object.fromEntries(
      Object.entries(table).map(([name, column]) => [name, count < 0 ? column : column.slice(0, count)]),
    ) as Columns;
  };
  const { tree, resident, measured, isolate, job } = whole.tables;
  return {
    ...whole,
    tables: { tree: cut(tree), resident: cut(resident), measured: cut(measured), isolate: cut(isolate), job: cut(job) },
    events: whole.events.filter(({ atMs }) => atMs <= untilMs),
    end: undefined,
    damagedBytes: 312,
  };
}

/** A day: a server whose memory breathes, and a helper every few minutes, in about 400,000 rows. */
export function dayScene(): Capture {
  const dayMs = 24 * 3600 * 1000;
  const intervalMs = 1000;
  const server: Actor = {
    ...{ pid: 10, parent: -1, startMs: 0, endMs: dayMs, command: ["node", "server.js"], isNode: true },
    anonBytes: (atMs) => (300 + 200 * Math.sin((atMs / dayMs) * 8 * Math.PI) + (atMs === 43_211_000 ? 900 : 0)) * MIB,
  };
  const helpers = Array.from({ length: 400 }, (_, index): Actor => {
    const startMs = index * 216_000 + 5000;
    return {
      pid: 100 + index,
      parent: 0,
      startMs,
      endMs: startMs + 120_000,
      command: [`/opt/helper${index % 5}`],
      anonBytes: () => (20 + (index % 30)) * MIB,
    };
  });
  return played([server, ...helpers], { durationMs: dayMs, intervalMs, measureEvery: 2 });
}

/** The server again, after a change: its heap is heavier, and one lane is gone. */
export function changedServerScene(): Capture {
  const { events, tables, ...whole } = serverScene();
  const heavier = (values: Float64Array) => values.map((value) => Math.round(value * 1.12));
  return {
    ...whole,
    events: events.map((event) =>
      event.type === "stacks" && event.stacks.kind === "js"
        ? { ...event, stacks: stacksFrom(21, "js", JS_NAMES, 512 * 1024) }
        : event.type === "process" && event.pid === 4112
          ? { ...event, command: ["/usr/bin/ffprobe", "in2.mkv"] }
          : event,
    ),
    tables: {
      ...tables,
      tree: { ...tables.tree, usedBytes: heavier(tables.tree.usedBytes) },
      resident: { ...tables.resident, residentBytes: heavier(tables.resident.residentBytes) },
    },
  };
}
