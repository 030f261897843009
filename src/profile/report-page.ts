import { readFileSync } from "node:fs";
import { InternalError } from "../base/index.ts";
import type { ReportPage } from "./report/html.ts";

/** Where the build puts it, seen from here and from any file of the executable. */
const FOLDER = new URL("../../dist/cli/", import.meta.url);

/**
 * Reads the code of the page.
 *
 * @throws InternalError when it was not built
 */
export function loadReportPage(folder = FOLDER): ReportPage {
  try {
    return {
      script: readFileSync(new URL("report-page.js", folder), "utf8"),
      style: readFileSync(new URL("report-page.css", folder), "utf8"),
    };
  } catch (cause) {
    throw new InternalError("the page of HTML reports is not there", {
      ...{ hint: "npm install mm-cli again (in a checkout: npm run build:ts)", cause },
    });
  }
}
