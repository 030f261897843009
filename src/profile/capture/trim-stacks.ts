/** A program of millions of call paths: the heaviest stay, and the others are one sample together, so that no byte gets lost. */
import type { Frame, Stacks } from "./records.ts";

const REST: Frame = { name: "(smaller paths)" };
/** Of an index in a stack, and of what stands around a frame's texts, as JSON. */
const INDEX_LETTERS = 8;
const FRAME_LETTERS = 48;

/** @param mostLetters - about what it may take as JSON. @returns the same where it takes less */
export function trimStacks(stacks: Stacks, mostLetters: number): Stacks {
  const known = new Map<number, number>();
  let letters = 0;
  const lettersOf = (stack: readonly number[]) => {
    const fresh = new Set(stack.filter((frame) => !known.has(frame)));
    let sum = FRAME_LETTERS + stack.length * INDEX_LETTERS;
    for (const index of fresh) sum += FRAME_LETTERS + (stacks.frames[index]?.name.length ?? 0) + (stacks.frames[index]?.file?.length ?? 0);
    return sum;
  };
  const samples: Stacks["samples"][number][] = [];
  const rest = { stack: [0], weight: 0, count: 0 };
  for (const sample of [...stacks.samples].sort((a, b) => b.weight - a.weight)) {
    const more = lettersOf(sample.stack);
    if (letters + more > mostLetters) {
      rest.weight += sample.weight;
      rest.count += sample.count;
      continue;
    }
    letters += more;
    for (const frame of sample.stack) if (!known.has(frame)) known.set(frame, known.size);
    samples.push({ ...sample, stack: sample.stack.map((frame) => known.get(frame) ?? 0) });
  }
  if (rest.count === 0 && rest.weight === 0) return stacks;
  const frames = [...known.keys()].map((index) => stacks.frames[index] ?? REST);
  return { ...stacks, frames: [...frames, REST], samples: [...samples, { ...rest, stack: [frames.length] }] };
}
