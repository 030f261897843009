/** FASTA and cluster tables as anybody would read them; nothing of the product is used. */

export type FastaRecord = { readonly name: string; readonly residues: string };

/** Name, and residues in capitals: what is neither white space nor a digit. */
export function readFasta(text: string): FastaRecord[] {
  return text
    .split(/^>/m)
    .slice(1)
    .map((record) => {
      const end = record.indexOf("\n");
      const header = end < 0 ? record : record.slice(0, end);
      const body = end < 0 ? "" : record.slice(end + 1);
      return { name: header.trim().split(/\s/)[0] ?? "", residues: body.replaceAll(/[\s\d]/g, "").toUpperCase() };
    });
}

/** A line of the cluster table: record numbers from 0, spans half open. */
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

export function readClusters(text: string): ClusterRow[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.split("\t");
      const number = (at: number): number => Number(cells[at]);
      return {
        representative: cells[0] ?? "",
        member: cells[1] ?? "",
        identity: number(2),
        coverage: number(3),
        strand: cells[4] ?? "",
        representativeNumber: number(5),
        memberNumber: number(6),
        representativeSpan: [number(7), number(8)],
        memberSpan: [number(9), number(10)],
      };
    });
}
