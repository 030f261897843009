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
