export { InputState } from "./input-state.ts";
export { checkOutput, outputFailure } from "./output-check.ts";
export { type PlainInput, plainInput } from "./plain-input.ts";
export { syncToDisk } from "./publish.ts";
export { readSmallFile, writeWhole } from "./small-file.ts";
export { spoolStandardInput } from "./spool.ts";
export { Workspace } from "./workspace.ts";
