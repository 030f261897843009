import { run } from "./run.ts";

// An explicit exit ends the worker thread too, whatever it still holds open.
process.exit(await run(process.argv.slice(2), process.env, new URL("./worker.js", import.meta.url)));
