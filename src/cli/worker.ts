/** The thread that runs a command: its V8 heap is capped, and the main thread stays free for signals. */
import { parentPort } from "node:worker_threads";
import { assert } from "../base/index.ts";
import * as commands from "../commands/index.ts";
import { serve } from "./serve.ts";

assert(parentPort !== null, "worker.ts runs in a worker thread");
serve(parentPort, commands);
