import type { MessagePort } from "node:worker_threads";
import { CancelledError, unreachable } from "../base/index.ts";
import type { CommandContext, doctor, transcode } from "../commands/index.ts";
import { type Finished, type FromWorker, type ToWorker, toFailure, type WorkerInput } from "./messages.ts";
import type { JobRequest } from "./requests.ts";

/** The commands by name; a test hands in its own. */
export type Commands = { readonly transcode: typeof transcode; readonly doctor: typeof doctor };

/** Runs one command in this thread, says what happens through `port`, and closes it when the command has ended. */
export async function serve(input: WorkerInput, port: MessagePort, load: () => Promise<Commands>): Promise<void> {
  const send = (message: FromWorker) => port.postMessage(message);
  const controller = new AbortController();
  // Node would print its warnings, and the alarms of the memory core, past the view.
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message }) => send({ type: "event", event: { type: "warning", message: `${name}: ${message}` } }));
  port.on("message", (message: ToWorker) => controller.abort(new CancelledError(message.signal)));
  try {
    const context: CommandContext = { emit: (event) => send({ type: "event", event }), signal: controller.signal };
    send({ type: "finished", finished: await runCommand(input.request, await load(), context) });
  } catch (error) {
    send({ type: "failure", failure: toFailure(error) });
  } finally {
    port.close();
  }
}

async function runCommand(request: JobRequest, commands: Commands, context: CommandContext): Promise<Finished> {
  switch (request.command) {
    case "transcode":
      return { command: "transcode", report: await commands.transcode(request.settings, context) };
    case "doctor":
      return { command: "doctor", report: await commands.doctor(request.settings, context) };
    default:
      return unreachable(request);
  }
}
