import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ReportPage } from "../../../src/profile/report/html.ts";
import { loadReportPage } from "../../../src/profile/report-page.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The page of reports, built from the sources as they are now. */
export function builtPage(): ReportPage {
  const folder = mkdtempSync(join(tmpdir(), "mm-page-"));
  try {
    const cli = join(ROOT, "node_modules/rolldown/bin/cli.mjs");
    const run = spawnSync(process.execPath, [cli, "--config", "rolldown.config.mjs", "--dir", folder], { cwd: ROOT, encoding: "utf8" });
    if (run.status !== 0) throw new Error(`rolldown failed:\n${run.stdout}${run.stderr}`);
    return loadReportPage(pathToFileURL(`${folder}/`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
