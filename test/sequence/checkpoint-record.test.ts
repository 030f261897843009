import { expect, it } from "vitest";
import { randomSource } from "../../fixtures/sequences.mjs";
import { parseRecord, type ReductionRecord, recordText } from "../../src/sequence/checkpoint-record.ts";

const record: ReductionRecord = {
  parameters: {
    format: 1,
    alphabet: null,
    identity: 9000,
    coverage: 8000,
    coverageMode: "member",
    target: "0.25 of the input",
    takesAnything: false,
  },
  inputs: [{ path: "x.fasta", byteLength: 1234, modifiedNs: "1700000000123456789", inode: "18446744073709551615" }, null],
  spooled: [null, { byteLength: 4321, packing: "gzip" }],
  ingest: {
    ...{ inputBytes: 4321, records: 7, residues: 700, shortest: 50, longest: 150, longestRecord: 2, gcResidues: 0, alphabet: "protein" },
    ...{ sha256: "0123456789abcdef".repeat(4), lengths: [0, 0, 7], gcContents: [], complexities: [7, 0] },
  },
  steps: [{ identity: 8500, representatives: 4, representativeBytes: 2100 }],
  cluster: {
    ...{ representatives: 4, members: 3, exactDuplicates: 1, rounds: 1, alignments: 9 },
    ...{ identities: [1, 2], clusterSizes: [0, 1, 3] },
  },
  sorter: { fileBytes: 900, records: 3, longestRecordBytes: 60, runs: [{ begin: 0, end: 900, hash: "00ff00ff00ff00ff" }] },
};

it("comes back as it was", () => {
  const { cluster: _, ...early } = record;
  const ranks = { ...early, cluster: null, steps: [], spooled: [null], inputs: [null], sorter: { ...record.sorter, records: 7 } };
  for (const each of [record, ranks]) expect(parseRecord(recordText(each))).toEqual(each);
});

it("is nothing when any byte is another one, or missing", () => {
  const text = recordText(record);
  const random = randomSource(3);
  for (let round = 0; round < 5000; round += 1) {
    const at = Math.floor(random() * (text.length - 1));
    const letter = String.fromCharCode(32 + Math.floor(random() * 95));
    const changed = random() < 0.2 ? text.slice(0, at) : text.slice(0, at) + letter + text.slice(at + 1);
    const parsed = parseRecord(changed);
    if (parsed !== undefined) expect(parsed).toEqual(record);
  }
});

it("is nothing when it contradicts itself, though its hash be right", () => {
  const { ingest, sorter, parameters, steps } = record;
  const wrong: unknown[] = [
    { ...record, sorter: { ...sorter, records: 4 } },
    { ...record, sorter: { ...sorter, fileBytes: -1 } },
    { ...record, sorter: { ...sorter, fileBytes: 2 ** 53 } },
    { ...record, sorter: { ...sorter, runs: [{ begin: 0, end: 1.5, hash: "00ff00ff00ff00ff" }] } },
    { ...record, sorter: { ...sorter, runs: [{ begin: 0, end: 1, hash: "00FF" }] } },
    { ...record, sorter: { ...sorter, runs: {} } },
    { ...record, ingest: { ...ingest, sha256: "zz" } },
    { ...record, ingest: { ...ingest, alphabet: "runes" } },
    { ...record, ingest: null },
    { ...record, parameters: { ...parameters, identity: "0.9" } },
    { ...record, parameters: { ...parameters, target: 7 } },
    { ...record, steps: [{ ...steps[0], representatives: -1 }] },
    { ...record, steps: null },
    { ...record, spooled: [null, { byteLength: 1, packing: "rar" }] },
    { ...record, spooled: [null] },
    { ...record, inputs: ["x.fasta", null] },
  ];
  for (const each of wrong) expect(parseRecord(recordText(each as ReductionRecord))).toBeUndefined();
  for (const text of ["", "null", "[]", "7", "{}"]) expect(parseRecord(text)).toBeUndefined();
});
