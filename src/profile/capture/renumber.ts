/** Process indexes without gaps: a capture that was thinned has lost its brief processes, and a forged one may have any numbers. */
import type { CaptureEvent, Tables } from "./records.ts";

/**
 * Numbers processes 0, 1, ... in the order of their first events; those that only rows or other events speak of come after them. A parent
 * that does not come before its child is none.
 *
 * The tables are changed in place.
 */
export function renumber(events: readonly CaptureEvent[], { resident, measured, isolate, job }: Tables): CaptureEvent[] {
  const numbers = new Map<number, number>();
  const kept: CaptureEvent[] = [];
  for (const event of events) {
    if (event.type !== "process") kept.push(event);
    else if (!numbers.has(event.process)) {
      kept.push({ ...event, process: numbers.size, parent: numbers.get(event.parent) ?? -1 });
      numbers.set(event.process, numbers.size);
    }
  }
  const numberOf = (process: number) => {
    if (process < 0) return -1;
    const number = numbers.get(process) ?? numbers.size;
    numbers.set(process, number);
    return number;
  };
  for (const { process } of [resident, measured, isolate, job]) {
    for (const [row, old] of process.entries()) process[row] = numberOf(old);
  }
  return kept.map((event) => (event.type === "process" ? event : { ...event, process: numberOf(event.process) }));
}
