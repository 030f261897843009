/** The thread that runs a command: its V8 heap is capped, and the main thread stays free for signals. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/index.ts";
import { serve } from "./serve.ts";

assert(parentPort !== null, "worker.ts runs in a worker thread");
await serve(workerData, parentPort, () => import("../commands/index.ts"));
