export { type EngineListing, type EngineSearch, findEngine, listEngines } from "./find.ts";
export type { Engine, EngineCaps, EngineFacts, EngineOrigin, RunTool, ToolOutput } from "./types.ts";
