import { readFileSync } from "node:fs";
import { InternalError } from "../base/index.ts";
import type { ReportPage } from "./report/html.ts";

/** Where the build puts them, seen from here and from any file of the executable. */
const FILES = {
  script: new URL("../../dist/cli/report-page.js", import.meta.url),
  style: new URL("../../dist/cli/report-page.css", import.meta.url),
};

/**
 * Reads the code of the page.
 *
 * @throws InternalError when it was not built
 */
export function loadReportPage(): ReportPage {
  try {
    return { script: readFileSync(FILES.script, "utf8"), style: readFileSync(FILES.style, "utf8") };
  } catch (cause) {
    throw new InternalError("the page of HTML reports is not there", {
      hint: "npm run build:ts (in a checkout), or install mm-cli again",
      cause,
    });
  }
}
