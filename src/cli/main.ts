import { openThreadEarly } from "./head-start.ts";

const argv = process.argv.slice(2);
const openThread = openThreadEarly(argv, process.env, new URL("./worker.js", import.meta.url));
// Loads the parser, while the thread comes up.
const { run } = await import("./run.ts");
// An explicit exit ends the worker thread too, whatever it still holds open.
process.exit(await run(argv, process.env, openThread));
