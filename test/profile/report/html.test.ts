import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { buildModel } from "../../../src/profile/build-model.ts";
import { unpackColumns } from "../../../src/profile/report/columns.ts";
import { htmlPage, type ReportPage } from "../../../src/profile/report/html.ts";
import { htmlReport } from "../../../src/profile/report/html-report.ts";
import { type ReportPayload, reportPayload } from "../../../src/profile/report/payload.ts";
import { loadReportPage } from "../../../src/profile/report-page.ts";
import { dayScene, HOSTILE, hostileScene, serverScene } from "../scenes.ts";
import { captureOf, started } from "../synthetic.ts";
import { builtPage } from "./built-page.ts";

let page: ReportPage;
beforeAll(() => {
  page = builtPage();
});

function payloadIn(html: string): ReportPayload {
  const [, base64 = ""] = /id="data">([^<]*)</.exec(html) ?? [];
  return unpackColumns(inflateRawSync(Buffer.from(base64, "base64"))) as ReportPayload;
}

test("code is at most 400 KiB, cannot end its own element, and carries the licences of what is in it", () => {
  expect(page.script.length + page.style.length).toBeLessThan(400 * 1024);
  expect(page.script).not.toMatch(/<\/script|<!--/i);
  expect(page.style).not.toMatch(/<\/style/i);
  for (const words of ["uplot 1.", "d3-flame-graph 5.", "d3-selection 3.", "Apache License", "Permission is hereby granted"])
    expect(page.script).toContain(words);
});

test("a page that was not built says how to get it", () => {
  expect(() => loadReportPage(new URL("file:///nowhere/"))).toThrow("the page of HTML reports is not there");
});

test("the policy allows this script and this style, by their hashes, and nothing else", () => {
  const html = htmlReport(buildModel(serverScene()), page);
  const hash = (text: string | undefined) =>
    `'sha256-${createHash("sha256")
      .update(text ?? "")
      .digest("base64")}'`;
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  const [, style] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? [];
  const [, script] = /<script>([\s\S]*?)<\/script>/.exec(html) ?? [];
  expect(policy).toBe(`default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`);
  expect(html).not.toMatch(/\s(?:src|href|style|on\w+)="/);
});

test("nothing from outside is markup, in the title and where scripts are off", () => {
  const html = htmlReport(buildModel(hostileScene()), page);
  const withoutCode = html.replace(page.script, "").replace(page.style, "");
  expect(withoutCode).not.toContain("<img");
  expect(withoutCode.match(/<\/script>/g)).toHaveLength(2);
  expect(htmlPage({}, HOSTILE, HOSTILE, page)).toContain("<title>&#60;/script&#62;&#60;img");
});

test("the page gets the model as it is", () => {
  const model = buildModel(serverScene());
  // Rates and shares keep their thousandths.
  const rounded = (value: unknown): unknown => {
    if (value instanceof Float64Array) return value.map((each) => Math.round(each * 1000) / 1000);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return Array.isArray(value) ? value.map(rounded) : value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
  };
  expect(payloadIn(htmlReport(model, page))).toEqual(rounded(reportPayload(model)));
});

test("of very many processes the page gets those that held most, and the number of the others", () => {
  const events = Array.from({ length: 2500 }, (_, index) => started(index, 100 + index, -1, index, "p"));
  const measured = events.map((_, process) => ({ atMs: process, process, highWaterBytes: process }));
  const payload = reportPayload(buildModel(captureOf({ events, measured })));
  expect([payload.processes.length, payload.moreProcesses]).toEqual([2000, 500]);
  expect(payload.processes[0]?.pid).toBe(600);
});

test("the report of a day is made in less than two seconds of processor time, and its data is small", () => {
  const capture = dayScene();
  const before = process.cpuUsage();
  const html = htmlReport(buildModel(capture), page);
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  expect(html.length - page.script.length - page.style.length).toBeLessThan(600 * 1024);
});
