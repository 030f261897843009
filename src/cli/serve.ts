import type { MessagePort } from "node:worker_threads";
import { CancelledError, unreachable } from "../base/index.ts";
import type { CommandContext, doctor, expand, parse, profile, reduce, restore, run, transcode } from "../commands/index.ts";
import type { JobRequest } from "./job-request.ts";
import { type Finished, type FromWorker, type ToWorker, toFailure } from "./messages.ts";

/** The commands by name; a test hands in its own. */
export type Commands = {
  readonly transcode: typeof transcode;
  readonly reduce: typeof reduce;
  readonly restore: typeof restore;
  readonly expand: typeof expand;
  readonly parse: typeof parse;
  readonly run: typeof run;
  readonly profile: typeof profile;
  readonly doctor: typeof doctor;
};

/** Runs the one command that is asked for through `port` in this thread, says what happens, and closes the port when it has ended. */
export function serve(port: MessagePort, commands: Commands): void {
  const send = (message: FromWorker) => port.postMessage(message);
  const controller = new AbortController();
  const killer = new AbortController();
  // Node would print its warnings, and the alarms of the memory core, past the view.
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message }) => send({ type: "event", event: { type: "warning", message: `${name}: ${message}` } }));
  const context: CommandContext = { emit: (event) => send({ type: "event", event }), signal: controller.signal, killSignal: killer.signal };
  const work = async (request: JobRequest) => {
    try {
      send({ type: "finished", finished: await runCommand(request, commands, context) });
    } catch (error) {
      send({ type: "failure", failure: toFailure(error) });
    } finally {
      port.close();
    }
  };
  port.on("message", (message: ToWorker) => {
    if (message.type === "request") void work(message.request);
    else (controller.signal.aborted ? killer : controller).abort(new CancelledError(message.signal));
  });
}

async function runCommand(request: JobRequest, commands: Commands, context: CommandContext): Promise<Finished> {
  switch (request.command) {
    case "transcode":
      return { command: "transcode", report: await commands.transcode(request.settings, context) };
    case "reduce":
      return { command: "reduce", report: await commands.reduce(request.settings, context) };
    case "restore":
      return { command: "restore", report: await commands.restore(request.settings, context) };
    case "expand":
      return { command: "expand", report: await commands.expand(request.settings, context) };
    case "parse":
      return { command: "parse", report: await commands.parse(request.settings, context) };
    case "run":
      return { command: "run", report: await commands.run(request.settings, context) };
    case "profile":
      return { command: "profile", report: await commands.profile(request.settings, context) };
    case "doctor":
      return { command: "doctor", report: await commands.doctor(request.settings, context) };
    default:
      return unreachable(request);
  }
}
