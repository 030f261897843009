import { printableJson } from "../base/index.ts";
import type { CommandEvent } from "../commands/index.ts";
import { errorObject, planObject } from "./documents.ts";
import { MemoryLines } from "./memory-lines.ts";
import { writeLines } from "./output.ts";
import { fullPlan } from "./render/plan.ts";
import { Throttle } from "./throttle.ts";
import type { View, ViewOptions } from "./view.ts";

const PROGRESS_INTERVAL_MS = 500;

/** `--progress json`: every line on stderr is one JSON object with a `type`. */
export function jsonLinesView({ out, err, palettes, presentation }: ViewOptions): View {
  const say = (line: { readonly type: string; readonly [field: string]: unknown }) => err.write(`${printableJson(line)}\n`);
  const memory = new MemoryLines(err);
  const progress = new Throttle(PROGRESS_INTERVAL_MS);
  let phase = "";
  const event = (each: CommandEvent) => {
    switch (each.type) {
      case "progress": {
        const isTurn = each.progress.phase !== phase || each.progress.done >= each.progress.total;
        phase = each.progress.phase;
        if (progress.isDue() || isTurn) say({ type: "progress", ...each.progress });
        break;
      }
      case "memory":
        if (presentation.monitorMemory) memory.add(each.sample);
        break;
      case "detail":
        if (presentation.verbosity === "verbose") say(each);
        break;
      case "plan":
        say({ type: "plan", plan: planObject(each.plan) });
        break;
      case "text":
        out.write(each.text);
        break;
      case "tree":
      case "warning":
      case "refused":
      case "waiting":
        say(each);
        break;
    }
  };
  return {
    event,
    stopping: (signal) => say({ type: "stopping", signal }),
    planned: (plan) => writeLines(out, fullPlan(plan, palettes.out)),
    finished: ({ report }) => {
      if (!presentation.dryRun) say({ type: "report", ...report });
    },
    failed: (failure) => say({ type: "error", ...errorObject(failure) }),
    close: () => memory.flush(),
  };
}
