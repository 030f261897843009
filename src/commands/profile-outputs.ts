/** What is made of a capture: files, and text for people. */
import { checkOutput, writeWhole } from "../io/index.ts";
import {
  buildModel,
  type Capture,
  type CaptureLeak,
  type Gate,
  htmlPage,
  loadReportPage,
  type ProfileModel,
  reportPayload,
} from "../profile/index.ts";
import type { ProfileOutputs } from "./profile-settings.ts";

export type Judged = { readonly gates: readonly Gate[]; readonly leak: CaptureLeak };

/** Before anything runs. @throws OutputError, PermissionError, UsageError */
export function checkOutputs({ html, speedscope, pprof, overwrite }: ProfileOutputs, capture?: string): void {
  for (const path of [capture, html, speedscope, pprof]) if (path !== undefined) checkOutput(path, undefined, overwrite);
}

export function modelOf(capture: Capture, { gates, leak }: Judged): ProfileModel {
  const { of, timeToLimitMs, ...verdict } = leak;
  return buildModel(capture, {
    gates: gates.map(({ name, passed, text }) => ({ gate: name, passed, detail: text })),
    leak: {
      ...verdict,
      of: of === "tree" ? "the whole tree" : `heap of process ${of.process}`,
      ...(timeToLimitMs === undefined ? {} : { secondsToLimit: timeToLimitMs / 1000 }),
    },
  });
}

/** @returns the files that were written. @throws OutputError, IoError */
export async function writeOutputs({ html }: ProfileOutputs, model: ProfileModel): Promise<readonly string[]> {
  const files: string[] = [];
  if (html !== undefined) {
    await writeWhole(html, htmlPage(reportPayload(model), model.run.title, model.verdict.headline, loadReportPage()));
    files.push(html);
  }
  return files;
}
