// `npm run bench -- memory [limit]`: unreclaimable memory of a container over time while mm and plain ffmpeg do the same job in it.
// Draws docs/memory-over-time.svg from the samples, and prints what it drew.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as echarts from "echarts";
import { runInCgroup } from "./cgroup.mjs";
import { folder, measuringClip } from "./clip.mjs";

const MIB = 1024 * 1024;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const SECONDS = 12;

export async function run(words) {
  const limitMib = Number.parseInt(words[0] ?? "300", 10);
  const clip = measuringClip("1920x1080", SECONDS, "ffmpeg");
  const plain = ["-v", "error", "-y", "-i", clip, "-c:v", "libx264", "-crf", "23", "-c:a", "copy", join(folder, "plain.mp4")];
  const report = join(folder, "report.json");
  const mm = [join(root, "bin/mm.js"), "transcode", clip, join(folder, "mm.mp4"), "-y", "-q", "--report", report];
  const runs = [
    await sampled("ffmpeg, no limit", "ffmpeg", plain, undefined),
    await sampled(`ffmpeg in ${limitMib} MiB`, "ffmpeg", plain, limitMib * MIB),
    await sampled(`mm in ${limitMib} MiB`, process.execPath, mm, limitMib * MIB),
  ];
  const planned = JSON.parse(readFileSync(report, "utf8")).memory.plannedPeakBytes;
  for (const { name, code, wallSeconds, peakBytes } of runs) {
    console.log(
      `${name.padEnd(20)} exit ${String(code).padEnd(4)} ${wallSeconds.toFixed(1).padStart(6)} s  peak ${(peakBytes / MIB).toFixed(0)} MiB`,
    );
  }
  console.log(`mm planned ${(planned / MIB).toFixed(0)} MiB`);
  const path = join(root, "docs/memory-over-time.svg");
  writeFileSync(path, drawing(runs, limitMib, planned / MIB));
  console.log(path);
}

/** One point per 100 ms, the highest of its samples. */
async function sampled(name, file, args, limitBytes) {
  const points = new Map();
  const onSample = (seconds, bytes) => {
    const at = Math.floor(seconds * 10) / 10;
    points.set(at, Math.max(points.get(at) ?? 0, bytes / MIB));
  };
  const result = await runInCgroup(file, args, { limitBytes, onSample });
  return { name, points: [...points], ...result };
}

function drawing(runs, limitMib, plannedMib) {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 820, height: 400 });
  const colours = ["#9aa5b1", "#d1495b", "#1b7f5c"];
  const marks = [
    {
      yAxis: limitMib,
      label: { formatter: `limit ${limitMib} MiB`, position: "insideEndTop" },
      lineStyle: { color: "#d1495b", type: "dashed" },
    },
    {
      yAxis: plannedMib,
      label: { formatter: `mm's plan ${Math.round(plannedMib)} MiB`, position: "insideEndTop" },
      lineStyle: { color: "#1b7f5c", type: "dotted" },
    },
  ];
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: colours,
    textStyle: { fontFamily: "system-ui, sans-serif" },
    title: { text: "Memory of a container while a 1080p clip is encoded (x264, medium)", left: 12, top: 8, textStyle: { fontSize: 15 } },
    legend: { top: 34, left: 8, itemHeight: 3 },
    grid: { left: 62, right: 24, top: 88, bottom: 46 },
    xAxis: { type: "value", name: "seconds", nameLocation: "middle", nameGap: 26, min: 0 },
    yAxis: { type: "value", name: "MiB no one can take back", nameGap: 12, nameTextStyle: { align: "left" }, min: 0 },
    series: runs.map(({ name, points, code }, at) => ({
      name: code === 137 ? `${name}: killed` : name,
      type: "line",
      data: points,
      showSymbol: false,
      lineStyle: { width: 2 },
      ...(code === 137 && points.length > 0
        ? {
            markPoint: {
              symbol: "circle",
              symbolSize: 9,
              label: { show: true, formatter: "killed", position: "right" },
              data: [{ coord: points.at(-1) }],
            },
          }
        : {}),
      ...(at === 2 ? { markLine: { symbol: "none", data: marks } } : {}),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg.replace(">", `>\n<title>Memory over time in a container of ${limitMib} MiB: mm beside plain ffmpeg</title>`)}\n`;
}
