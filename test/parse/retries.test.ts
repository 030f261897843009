/** A message that needs more memory than the plan has for one of everyday. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeSmallMessage } from "../../fixtures/ddex.mjs";
import { MmSession } from "../transcode/run-mm.ts";
import { recordsOf, releasesOf } from "./messages.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
  const small = makeSmallMessage(1, 0);
  const at = small.indexOf("<DisplayArtistName");
  const many = Array.from({ length: 150_000 }, (_, number) => `<DisplayArtistName>${number}</DisplayArtistName>`).join("\n");
  writeFileSync(session.path("large.xml"), small.slice(0, at) + many + small.slice(at));
  for (const number of [1, 2, 3]) writeFileSync(session.path(`${number}.xml`), makeSmallMessage(1, number));
});
afterAll(() => session[Symbol.dispose]());

const ARGS = ["parse", "1.xml", "large.xml", "2.xml", "3.xml", "-o", "out.ndjson", "-y", "-q", "--report", "report.json", "--jobs", "1"];
const report = () => JSON.parse(readFileSync(session.path("report.json"), "utf8"));

it("is read again with more memory, and those around it are there once", () => {
  const { code, stderr } = session.run([...ARGS, "--max-memory", "400M"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(report().result).toMatchObject({ files: 4, releases: 4, retries: 1 });
  const { peakBytes, plannedPeakBytes, limitBytes } = report().memory;
  expect(peakBytes).toBeLessThan(plannedPeakBytes);
  expect(plannedPeakBytes).toBeLessThan(limitBytes);
  const refs = releasesOf(readFileSync(session.path("out.ndjson"), "utf8")).map(({ title }) => title);
  expect(refs).toHaveLength(4);
});

it("is refused where there is none, with a limit that does, and does not stop the others", () => {
  const { code, stderr } = session.run([...ARGS, "--max-memory", "80M"]);
  expect(code).toBe(75);
  const hint = /--max-memory (\d+M)/.exec(stderr)?.[1] ?? "";
  expect(session.run([...ARGS, "--max-memory", hint])).toMatchObject({ code: 0, stderr: "" });
  expect(session.run([...ARGS, "--max-memory", "80M", "--continue-on-error"]).code).toBe(1);
  expect(report().result).toMatchObject({ files: 4, failedFiles: 1, releases: 3, retries: 2 });
});

it("record by record it is read again from its start, and what it had written is taken back", () => {
  const records = [...ARGS, "--mode", "records", "--max-memory"];
  const { code, stderr } = session.run([...records, "400M"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(report().result.retries).toBeGreaterThan(0);
  const plain = readFileSync(session.path("out.ndjson"), "utf8");
  expect(releasesOf(plain)).toHaveLength(4);
  expect(plain.match(/"type":"message"/g)).toHaveLength(4);
  expect(session.run([...records, "48M", "--continue-on-error"]).code).toBe(1);
  const types = recordsOf(readFileSync(session.path("out.ndjson"), "utf8")).map(({ type }) => type);
  expect(types.filter((type) => type === "message")).toHaveLength(3);
  expect(types.filter((type) => type === "error")).toHaveLength(1);
});

it("is not read again where nobody wants that", () => {
  expect(session.run([...ARGS, "--max-memory", "400M", "--retries", "0"]).code).toBe(75);
});
