import { palettes } from "./colour.ts";
import type { Invocation } from "./invocation.ts";
import { jsonLinesView } from "./json-lines-view.ts";
import { peopleView } from "./people-view.ts";
import type { View } from "./view.ts";

/** The view that fits what was asked for and what stderr is. cli-progress is only loaded where it draws. */
export async function createView(invocation: Invocation): Promise<View> {
  const { presentation, env, err } = invocation;
  const colours = palettes(presentation.noColor, env);
  if (presentation.progress === "json") return jsonLinesView({ ...invocation, palettes: colours });
  const canRedraw = err.isTerminal && env.TERM !== "dumb";
  // What a command writes and what mm draws over would spoil each other: a run is told of in whole lines.
  if (invocation.command === "run") return peopleView({ ...invocation, palettes: colours, live: undefined, hasBar: false });
  const hasBar = presentation.progress === "bar" || (presentation.progress === "auto" && canRedraw && presentation.verbosity !== "quiet");
  const isLive = canRedraw && !presentation.dryRun && (hasBar || presentation.monitorMemory);
  const live = isLive ? new (await import("./live-lines.ts")).LiveLines(process.stderr) : undefined;
  return peopleView({ ...invocation, palettes: colours, live, hasBar: hasBar && !presentation.dryRun });
}
