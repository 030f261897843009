import "uplot/dist/uPlot.min.css";
import "./page.css";
import { unpackColumns } from "../columns.ts";
import type { DiffPayload, ReportPayload } from "../payload.ts";
import { diffCards } from "./diff-cards.ts";
import { el } from "./dom.ts";
import { formatMs } from "./format.ts";
import { processCard } from "./process-card.ts";
import { stacksCard } from "./stacks-card.ts";
import { findingsCard, gatesCard, methodCard, pageHeader, tiles, verdictCard } from "./summary-cards.ts";
import { timelineCard } from "./timeline-card.ts";
import { View } from "./view.ts";

/** Of the stretch that is shown for a finding. */
const AROUND_SHARE = 0.1;

async function unpacked(): Promise<unknown> {
  const text = document.getElementById("data")?.textContent ?? "";
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return unpackColumns(new Uint8Array(await new Response(stream).arrayBuffer()));
}

function reportCards(payload: ReportPayload): (HTMLElement | undefined)[] {
  const { run, verdict, gates, findings, processes, stacks } = payload;
  const view = new View(run.durationMs);
  const showTime = (atMs: number) => {
    view.show(atMs - AROUND_SHARE * view.endMs, atMs + AROUND_SHARE * view.endMs);
    document.getElementById("timeline")?.scrollIntoView({ behavior: "smooth" });
  };
  const names = new Map(processes.map((facts) => [facts.process, `${facts.name} (${facts.pid})`]));
  return [
    pageHeader(run.title, `${run.startedAt.slice(0, 16).replace("T", " ")} · ${formatMs(run.durationMs)}`),
    verdictCard(verdict),
    tiles(payload, view),
    gatesCard(gates),
    timelineCard(payload, view),
    findingsCard(findings, showTime),
    processCard(payload, view),
    stacksCard({ stacks, nameOf: (process) => names.get(process) ?? `process ${process}` }),
    methodCard(payload),
  ];
}

async function start(): Promise<void> {
  const place = document.getElementById("report");
  if (place === null) return;
  try {
    const payload = (await unpacked()) as ReportPayload | DiffPayload;
    const cards = payload.form === "diff" ? diffCards(payload) : reportCards(payload);
    place.replaceChildren(...cards.filter((element) => element !== undefined));
  } catch (error) {
    place.replaceChildren(el("p", { class: "failed" }, `This report cannot be shown here: ${String(error)}. A newer browser may do.`));
  }
  place.dataset.ready = "true";
}

void start();
