/**
 * The oracle of the clustering: a plain quadratic alignment that shares nothing with the kernels. Both sequences whole, unit costs.
 * Of all alignments with the fewest errors it takes one with the most matches.
 */
export function alignWhole(a: string, b: string): { readonly matches: number; readonly columns: number; readonly errors: number } {
  const width = b.length + 1;
  // Errors, and matches among the alignments with so few.
  const errors = new Int32Array((a.length + 1) * width);
  const matches = new Int32Array((a.length + 1) * width);
  for (let i = 0; i <= a.length; i += 1) {
    for (let j = 0; j <= b.length; j += 1) {
      const at = i * width + j;
      if (i === 0 || j === 0) {
        errors[at] = i + j;
        continue;
      }
      const isEqual = a[i - 1] === b[j - 1];
      let [best, most] = [(errors[at - width - 1] ?? 0) + (isEqual ? 0 : 1), (matches[at - width - 1] ?? 0) + (isEqual ? 1 : 0)];
      for (const from of [at - width, at - 1]) {
        const cost = (errors[from] ?? 0) + 1;
        const found = matches[from] ?? 0;
        if (cost < best || (cost === best && found > most)) [best, most] = [cost, found];
      }
      errors[at] = best;
      matches[at] = most;
    }
  }
  const last = errors.length - 1;
  const [wrong, equal] = [errors[last] ?? 0, matches[last] ?? 0];
  return { matches: equal, columns: equal + wrong, errors: wrong };
}

const COMPLEMENT: Readonly<Record<string, string>> = { A: "T", C: "G", G: "C", T: "A", N: "N" };

export function reverseComplement(text: string): string {
  return [...text]
    .reverse()
    .map((letter) => COMPLEMENT[letter] ?? letter)
    .join("");
}

/**
 * Errors of the best alignment of two whole sequences, unit costs, in time and memory of the errors: for long ones. From the lengths follows
 * how many columns match at least, whatever the errors are.
 */
export function alignLong(a: string, b: string): { readonly errors: number; readonly leastMatches: number } {
  const [one, other] = [Buffer.from(a, "latin1"), Buffer.from(b, "latin1")];
  const target = one.length - other.length;
  const none = -2;
  // How far in a each diagonal (position in a less position in b) came with one error less: diagonal d is at d + errors.
  let before = new Int32Array();
  for (let errors = 0; ; errors += 1) {
    const reached = new Int32Array(2 * errors + 3).fill(none);
    for (let diagonal = -errors; diagonal <= errors; diagonal += 1) {
      const at = diagonal + errors;
      const bound = Math.min(one.length, other.length + diagonal);
      const steps = [(before[at] ?? none) + 1, (before[at - 1] ?? none) + 1, before[at + 1] ?? none];
      let point = errors === 0 ? 0 : Math.max(...steps.map((step) => (step <= bound ? step : none)));
      while (point >= 0 && point < bound && one[point] === other[point - diagonal]) point += 1;
      reached[at + 1] = point;
    }
    if (reached[target + errors + 1] === one.length) return { errors, leastMatches: (one.length + other.length) / 2 - errors };
    before = reached;
  }
}
