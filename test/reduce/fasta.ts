/** Records of a FASTA text as anybody would read it: name, and letters without white space, in capitals. */
export function readFasta(text: string): { readonly name: string; readonly residues: string }[] {
  return text
    .split(/^>/m)
    .slice(1)
    .map((record) => {
      const end = record.indexOf("\n");
      const header = end < 0 ? record : record.slice(0, end);
      const body = end < 0 ? "" : record.slice(end + 1);
      return { name: header.trim().split(/\s/)[0] ?? "", residues: body.replaceAll(/\s/g, "").toUpperCase() };
    });
}

export type ClusterRow = {
  readonly representative: string;
  readonly member: string;
  readonly identity: number;
  readonly coverage: number;
  readonly strand: string;
  readonly representativeNumber: number;
  readonly memberNumber: number;
  readonly representativeSpan: readonly [number, number];
  readonly memberSpan: readonly [number, number];
};
