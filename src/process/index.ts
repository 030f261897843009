export { Child, type ChildOptions, type ChildResult, spawnChild } from "./child.ts";
