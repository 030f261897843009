export { InputState } from "./input-state.ts";
export { checkOutput, outputFailure } from "./output-check.ts";
export { spoolStandardInput } from "./spool.ts";
export { Workspace } from "./workspace.ts";
