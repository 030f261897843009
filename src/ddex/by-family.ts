import type { At, Paths } from "./shape.ts";

/** @param now - in ERN 4; [] where one of both does not have it */
export function at(before: Paths, now: Paths): At {
  return { "3.8": before, "4.1": now, "4.3": now };
}
