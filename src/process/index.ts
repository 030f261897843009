export { Child, type ChildOptions, type ChildResult, spawnChild } from "./child.ts";
export { findProgram } from "./find-program.ts";
export { isInForeground } from "./foreground.ts";
export { Guest, type GuestExit, type GuestOptions } from "./guest.ts";
