import type { ProfileDiff } from "../diff.ts";
import type { ProfileModel } from "../model.ts";
import { markdownDiff } from "./diff-text.ts";
import { htmlPage, type ReportPage } from "./html.ts";
import { diffPayload, reportPayload } from "./payload.ts";
import { markdownSummary } from "./summary.ts";

/** The report of one capture as an HTML file. */
export function htmlReport(model: ProfileModel, page: ReportPage): string {
  return htmlPage(reportPayload(model), `mm profile: ${model.run.title}`, markdownSummary(model), page);
}

/** The comparison of two captures as an HTML file. */
export function htmlDiff(diff: ProfileDiff, before: ProfileModel, after: ProfileModel, page: ReportPage): string {
  return htmlPage(diffPayload(diff, before, after), `mm profile diff: ${after.run.title}`, markdownDiff(diff), page);
}
