import { InternalError } from "./errors.ts";

/** Throws InternalError when a fact the code relies on does not hold: a bug in mm, never bad input. */
export function assert(condition: unknown, fact: string): asserts condition {
  if (!condition) throw new InternalError(`assertion failed: ${fact}`, { hint: "please report this bug" });
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new InternalError(`unreachable value: ${String(value)}`);
}
