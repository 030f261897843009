/** Random numbers that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A copy with a few bytes changed, cut off, doubled or set to extremes. */
export function mutated(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = (length: number): number => Math.floor(random() * length);
  let copy = bytes.slice();
  for (let change = 1 + at(4); change > 0 && copy.length > 0; change--) {
    const kind = at(5);
    if (kind === 0) copy[at(copy.length)] = at(256);
    else if (kind === 1) copy[at(copy.length)] = random() < 0.5 ? 0 : 255;
    else if (kind === 2) copy[at(copy.length)] = (copy[at(copy.length)] ?? 0) ^ (1 << at(8));
    else if (kind === 3) copy = copy.slice(0, at(copy.length) + 1);
    else copy.copyWithin(at(copy.length), at(copy.length));
  }
  return copy;
}
