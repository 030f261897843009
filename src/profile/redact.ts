import { basename } from "node:path";
import type { Capture, CaptureEvent, Frame } from "./capture/records.ts";

export type Redaction = {
  /** Only the program stays of each command. */
  readonly args?: boolean;
  /** Only the last part stays of each path, in commands and in stacks. */
  readonly paths?: boolean;
};

/** A capture that can be shown to others. Environments are never captured; names of functions and marks stay. */
export function redacted(capture: Capture, redaction: Redaction): Capture {
  const command = (words: readonly string[]) => redactedCommand(words, redaction);
  return {
    ...capture,
    header: { ...capture.header, command: command(capture.header.command) },
    events: capture.events.map((event): CaptureEvent => {
      if (event.type === "process" || event.type === "exec") return { ...event, command: command(event.command) };
      if (event.type === "stacks" && redaction.paths === true) {
        return { ...event, stacks: { ...event.stacks, frames: event.stacks.frames.map(withoutFolder) } };
      }
      return event;
    }),
  };
}

function redactedCommand(words: readonly string[], { args = false, paths = false }: Redaction): readonly string[] {
  const kept = args ? words.slice(0, 1) : words;
  return paths ? kept.map((word) => (word.includes("/") ? word.replace(/[^\s=:,]*\/([^\s=:,/]*)/g, "$1") : word)) : kept;
}

function withoutFolder(frame: Frame): Frame {
  return frame.file === undefined ? frame : { ...frame, file: basename(frame.file) };
}
