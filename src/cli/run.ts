/** From argv to exit code. */
import { InputMissingError, packageVersion, printableJson, systemClock } from "../base/index.ts";
import { COMMANDS } from "./command-table.ts";
import type { Invocation } from "./invocation.ts";
import type { JobRequest } from "./job-request.ts";
import { toFailure } from "./messages.ts";
import { guardedOutput } from "./output.ts";
import { presentationBeforeOptions, readPresentation } from "./presentation.ts";
import { commandNamed, parseArguments } from "./program.ts";
import { ReportFile } from "./report-file.ts";
import { allSettings } from "./settings/all-settings.ts";
import { refuseProblems } from "./settings/config-file.ts";
import { openSource } from "./settings/open-source.ts";
import type { OpenThread } from "./thread.ts";

/**
 * @param argv what follows the program's name
 * @param openThread gives the thread that runs the command
 * @returns the exit code, once everything is printed
 */
export async function run(argv: readonly string[], env: NodeJS.ProcessEnv, openThread: OpenThread): Promise<number> {
  let invocation: Invocation = {
    command: commandNamed(argv[0])?.name,
    output: "",
    presentation: presentationBeforeOptions(argv),
    reportFile: undefined,
    env,
    out: guardedOutput(process.stdout, "stdout"),
    err: guardedOutput(process.stderr, "stderr"),
    startedMs: systemClock.nowMs(),
  };
  try {
    const parsed = parseArguments(argv, packageVersion(), invocation.out.columns());
    if (parsed.kind === "text") {
      invocation.out.write(parsed.text);
      await invocation.out.flush();
      return 0;
    }
    requireFolder();
    const known = allSettings(COMMANDS.filter((command) => command.hasTable));
    const opened = await openSource(parsed.spec, parsed.flags, env, known);
    const { source } = opened;
    const presentation = readPresentation(source);
    invocation = { ...invocation, presentation };
    if ("answer" in parsed.spec) {
      const { palettes } = await import("./colour.ts");
      const { out: palette } = palettes(presentation.noColor, env);
      const { text, document } = await parsed.spec.answer(parsed.args, opened, known, palette);
      invocation.out.write(presentation.json ? jsonText(document) : text);
      await invocation.out.flush();
      return 0;
    }
    refuseProblems(opened.file);
    const request = parsed.spec.request(parsed.args, source, env, parsed.rest);
    invocation = { ...invocation, output: outputOf(request.settings) };
    const reportFile = presentation.reportPath === undefined ? undefined : new ReportFile(presentation.reportPath);
    invocation = { ...invocation, reportFile };
    // Loaded only when there is something to run or to say, so that help and version come at once (4 ms of 97).
    const { runJob } = await import("./conclude.ts");
    return await runJob(invocation, request, openThread);
  } catch (error) {
    const { concludeFailure } = await import("./conclude.ts");
    return await concludeFailure(invocation, undefined, toFailure(error));
  }
}

/** What the summary calls it. */
function outputOf(settings: JobRequest["settings"]): string {
  if ("directory" in settings && settings.directory !== undefined) return settings.directory;
  return "output" in settings ? (settings.output ?? "") : "";
}

function jsonText(document: object): string {
  return `${printableJson(document, 2)}\n`;
}

/** The folder a shell stands in may have been removed since. */
function requireFolder(): void {
  try {
    process.cwd();
  } catch {
    throw new InputMissingError("the current folder does not exist any more", { hint: "cd to a folder that does, and run it again" });
  }
}
