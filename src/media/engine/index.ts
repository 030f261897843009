export { findEngine, listEngines } from "./find.ts";
export type { Engine, RunTool, ToolOutput } from "./types.ts";
