// `npm run bench -- <words>`: the first word names the bench, the rest are its own.
const BENCHES = {
  transcode: "mm beside plain ffmpeg and beside one ffmpeg with the settings mm chose",
  memory: "memory over time in a small container, mm beside plain ffmpeg, as a picture: docs/memory-over-time.svg",
  calibrate: "the memory model of ffmpeg children against measurement",
  kernels: "picture kernels, SIMD beside scalar beside memory bandwidth",
  "profile-node": "what the profiler's watch on a Node program costs it, with and without call paths",
  leaks: "series and programs that leak, or look like it, and how often each rule calls them a leak",
  parse: "mm parse beside a saxes program that builds the same releases, and xmllint: rate, memory, open files, linear time",
  reduce: "mm reduce beside the clusterers that are installed, with wall, memory, disk and representatives",
  share: "jobs that start at once in one memory cgroup, mm beside plain ffmpeg, one killed, reductions beside transcodes",
  compression: "blocks that are parked or spilled, at each level, beside zlib",
  patterns: "patterns of memory use, each beside what it is said to beat",
  overhead: "what a program takes longer under mm profile, beside other profilers",
  pool: "the memory core beside plain JavaScript: slots, bitmap, arena, handing a frame to a thread",
};

const [name, ...words] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(BENCHES, name)) {
  console.error("usage: npm run bench -- <bench> [words]\n");
  for (const [bench, what] of Object.entries(BENCHES)) console.error(`  ${bench.padEnd(12)} ${what}`);
  process.exit(64);
}
const { run } = await import(`./${name}.mjs`);
await run(words);
