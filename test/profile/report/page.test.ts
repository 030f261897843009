import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildModel } from "../../../src/profile/build-model.ts";
import type { Capture } from "../../../src/profile/capture/records.ts";
import { diffModels } from "../../../src/profile/diff.ts";
import type { ReportPage } from "../../../src/profile/report/html.ts";
import { htmlDiff, htmlReport } from "../../../src/profile/report/html-report.ts";
import { changedServerScene, cutScene, hostileScene, jobScene, lonelyScene, makeScene, serverScene } from "../scenes.ts";
import { captureOf } from "../synthetic.ts";
import { BROWSER, Browser, type Page } from "./browser.ts";
import { builtPage } from "./built-page.ts";

if (BROWSER === undefined) console.log("the page of reports is not tested: no Chromium in /usr/bin, and MM_TEST_BROWSER names none");

const folder = mkdtempSync(join(tmpdir(), "mm-report-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(BROWSER === undefined)("the page of a report", () => {
  let browser: Browser;
  let page: Page;
  let code: ReportPage;
  beforeAll(async () => {
    code = builtPage();
    browser = new Browser(BROWSER ?? "");
    page = await browser.open();
  });
  afterAll(async () => browser[Symbol.asyncDispose]());
  beforeEach(() => {
    page.requests.length = 0;
    page.complaints.length = 0;
  });

  const show = async (html: string, width?: number, scheme?: "light" | "dark") => {
    const path = join(folder, "report.html");
    writeFileSync(path, html);
    await page.show(pathToFileURL(path).href, width, 900, scheme);
  };
  const showScene = (capture: Capture, width?: number, scheme?: "light" | "dark") =>
    show(htmlReport(buildModel(capture), code), width, scheme);
  const text = (selector: string) => page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`);
  const count = (selector: string) => page.evaluate<number>(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
  const click = (selector: string, label: string) =>
    page.evaluate(
      `[...document.querySelectorAll(${JSON.stringify(selector)})].find((each) => each.textContent.startsWith(${JSON.stringify(label)})).click()`,
    );
  /** Different colours in each canvas: one that was never drawn on has one. */
  const colours = () =>
    page.evaluate<number[]>(
      `[...document.querySelectorAll("canvas")].map((canvas) => new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size)`,
    );
  const plot = () =>
    page.evaluate<{ left: number; top: number; width: number; height: number }>(
      `(() => { const over = document.querySelector("#timeline .u-over"); over.scrollIntoView({ block: "center" }); const { left, top, width, height } = over.getBoundingClientRect(); return { left, top, width, height }; })()`,
    );

  test.each([
    ["a server with stacks", serverScene],
    ["one process without any", lonelyScene],
    ["fifty processes", makeScene],
    ["an mm job", jobScene],
    ["a capture that was cut", cutScene],
    ["a capture of nothing", () => captureOf({})],
  ])("opens from a file, asks for nothing and complains of nothing: %s", async (_name, scene) => {
    const capture = scene();
    const model = buildModel(capture);
    await showScene(capture);
    expect(page.requests.map((url) => url.slice(0, 5))).toEqual(["file:"]);
    expect(page.complaints).toEqual([]);
    expect(await text("h1")).toBe(model.verdict.headline);
    expect(await count(".tile")).toBe(4);
    expect(await count(".processes tbody tr")).toBe(Math.min(60, model.processes.length));
    expect(await count("#stacks")).toBe(model.stacks.length > 0 ? 1 : 0);
    const drawn = await colours();
    expect(drawn.length).toBeGreaterThanOrEqual(model.timeline.atMs.length > 0 ? 3 : 1);
    if (model.timeline.atMs.length > 0) for (const shades of drawn) expect(shades).toBeGreaterThan(10);
  });

  test("nothing that was not in the file can run, and nothing can be fetched", async () => {
    await showScene(lonelyScene());
    await page.evaluate(
      `{ const script = document.createElement("script"); script.textContent = "window.owned = true"; document.body.append(script); }`,
    );
    await page.evaluate(
      `document.body.insertAdjacentHTML("beforeend", "<img src='x' onerror='window.owned = true'><p style='color: red' id=red>x</p>")`,
    );
    expect(await page.evaluate(`window.owned`)).toBeUndefined();
    expect(await page.evaluate(`fetch("https://example.org/").then(() => "fetched", () => "refused")`)).toBe("refused");
    expect(await page.evaluate(`getComputedStyle(document.getElementById("red")).color`)).not.toBe("rgb(255, 0, 0)");
    expect(page.complaints.filter((complaint) => complaint.includes("Content Security Policy")).length).toBeGreaterThanOrEqual(4);
  });

  test("hostile names are text", async () => {
    await showScene(hostileScene());
    expect(page.complaints).toEqual([]);
    expect(await count("img, b b, iframe")).toBe(0);
    expect(await text(".command")).toContain("<img src=x onerror=alert(1)>");
    expect(await text(".processes bdi")).toContain("\\u202e");
    expect(await text(".functions tbody bdi")).toContain("</script>");
  });

  test("a stretch that is dragged over is what the tiles, the legend and the processes speak of", async () => {
    await showScene(makeScene());
    const wholePeak = await text(".tile .value");
    const { left, top, width } = await plot();
    await page.drag(left + width * 0.45, left + width * 0.55, top + 100);
    await page.until(`document.querySelector(".tile .label").textContent === "Tree peak here"`);
    expect(await text(".tile .value")).not.toBe(wholePeak);
    const model = buildModel(makeScene());
    const inside = model.processes.filter(({ startMs, endMs }) => startMs <= 0.545 * 40_000 && endMs >= 0.455 * 40_000);
    const outside = model.processes.filter(({ startMs, endMs }) => startMs > 0.555 * 40_000 || endMs < 0.445 * 40_000);
    const shown = await page.evaluate<string[]>(
      `[...document.querySelectorAll(".processes tbody th .muted")].map((each) => each.textContent.trim())`,
    );
    for (const { pid } of inside) expect(shown).toContain(String(pid));
    for (const { pid } of outside) expect(shown).not.toContain(String(pid));
    await click("#timeline .readout button", "show all");
    expect(await text(".tile .value")).toBe(wholePeak);
  });

  test("the peak of a stretch is the highest of its points", async () => {
    const capture = lonelyScene();
    await showScene(capture);
    const { left, top, width } = await plot();
    await page.drag(left + 2, left + width * 0.3, top + 100);
    await page.until(`document.querySelector(".tile .label").textContent === "Tree peak here"`);
    const title = await page.evaluate<string>(`document.querySelector(".tile .value .number").title.replace(/[^0-9]/g, "")`);
    const { atMs, usedBytes } = capture.tables.tree;
    const near = [...usedBytes].filter((_, row) => Math.abs((atMs[row] ?? 0) - 1800) <= 50);
    expect(near.map(String)).toContain(title);
  });

  test("the keyboard moves the cursor, zooms and goes back", async () => {
    await showScene(lonelyScene());
    const press = (key: string, shiftKey = false) =>
      page.evaluate(
        `document.querySelector(".stage").dispatchEvent(new KeyboardEvent("keydown", { key: ${JSON.stringify(key)}, shiftKey: ${shiftKey}, bubbles: true }))`,
      );
    await press("ArrowRight");
    await page.until(`document.querySelector("#timeline .readout").textContent.startsWith("0.00 s:")`);
    await press("ArrowRight");
    await page.until(`document.querySelector("#timeline .readout").textContent.startsWith("0.05 s:")`);
    expect(await text("#timeline .readout")).toContain("used (estimated)");
    await press("+");
    expect(await text(".processes .axis")).toBe("1.50 s4.50 s");
    await press("ArrowRight", true);
    expect(await text(".processes .axis")).toBe("2.25 s5.25 s");
    await press("0");
    expect(await text(".processes .axis")).toBe("0.00 s6.00 s");
  });

  test("more points than a screen can show are drawn as the highest of each stretch, and zooming shows the others", async () => {
    const dense = lonelyScene();
    const { tree, resident } = dense.tables;
    // Every other tick holds twice as much: 4000 of them would be a wall of ink.
    const times = Float64Array.from({ length: 4000 }, (_, index) => index * 1.5);
    const column = (value: (index: number) => number) => times.map((_, index) => value(index));
    const bytes = column((index) => (index % 2 === 0 ? 100 : 200) * 1024 * 1024);
    const none = column(() => 0);
    const rows = <Columns extends object>(table: Columns, own: object): Columns =>
      ({ ...Object.fromEntries(Object.keys(table).map((key) => [key, none])), atMs: times, ...own }) as Columns;
    await showScene({
      ...dense,
      tables: {
        ...dense.tables,
        tree: rows(tree, { usedBytes: bytes, processes: column(() => 1) }),
        resident: rows(resident, { residentBytes: bytes }),
      },
    });
    const used = () =>
      page.evaluate<string[]>(`(() => {
        const stage = document.querySelector(".stage");
        return Array.from({ length: 12 }, () => {
          stage.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
          return document.querySelector("#timeline .readout").textContent.match(/: (.*) used/)?.[1];
        });
      })()`);
    expect(new Set((await used()).slice(1))).toEqual(new Set(["200.0 MiB"]));
    const { left, top, width } = await plot();
    await page.drag(left + width * 0.5, left + width * 0.52, top + 100);
    await page.until(`document.querySelector(".tile .label").textContent === "Tree peak here"`);
    expect(new Set(await used())).toEqual(new Set(["100.0 MiB", "200.0 MiB"]));
  });

  test("by kind and by program are other layers of the same picture, and one alone can be shown", async () => {
    await showScene(serverScene());
    const labels = () => page.evaluate<string[]>(`[...document.querySelectorAll(".legend bdi")].map((each) => each.textContent)`);
    expect(await labels()).toEqual(["ffmpeg (4112)", "ffmpeg (4111)", "ffmpeg (4110)", "node (4100)"]);
    await click("#timeline .choice button", "By program");
    expect((await labels()).sort()).toEqual(["ffmpeg × 3", "node"]);
    await click("#timeline .choice button", "By kind");
    expect(await labels()).toContain("V8 old space");
    await click(".legend button", "shared");
    expect(await labels()).toEqual(["shared"]);
    await click(".legend button", "shared");
    expect((await labels()).length).toBeGreaterThan(8);
  });

  test("the owners of a job's ledger can be stacked", async () => {
    await showScene(jobScene());
    await click("#timeline .choice button", "By owner");
    expect(await text(".legend")).toContain("reduce.arena128.0 MiB");
  });

  test("one flame graph for JavaScript and native code, with a choice of kind, direction and shape", async () => {
    await showScene(serverScene());
    const names = () => page.evaluate<string[]>(`[...document.querySelectorAll("g.frame")].map((each) => each.getAttribute("name"))`);
    const all = await names();
    expect(all.length).toBeGreaterThan(100);
    expect(all).toContain("JavaScript");
    expect(all).toContain("native");
    await click("#stacks .choice button", "Native");
    expect(await names()).not.toContain("JavaScript");
    expect(await text("#stacks .functions tbody")).not.toContain("Router.handle");
    await click("#stacks .choice button", "All");
    const top = () =>
      page.evaluate<number>(
        `document.querySelector("g.frame[name=all]").getBoundingClientRect().top - document.querySelector(".flame").getBoundingClientRect().top`,
      );
    expect(await top()).toBeLessThan(5);
    await click("#stacks .choice button", "Flame");
    expect(await top()).toBeGreaterThan(100);
    await click("#stacks .choice button", "Allocators first");
    expect((await names()).length).toBeGreaterThan(100);
    expect(page.complaints).toEqual([]);
  });

  test("what is live and what was allocated are never added, but chosen between", async () => {
    const capture = serverScene();
    const events = capture.events.map((event) =>
      event.type === "stacks" && event.stacks.kind === "native"
        ? { ...event, stacks: { ...event.stacks, weightOf: "allocated" as const } }
        : event,
    );
    await showScene({ ...capture, events });
    const kinds = () =>
      page.evaluate<string[]>(
        `[...document.querySelectorAll("g.frame")].map((each) => each.getAttribute("name")).filter((each) => each === "native" || each === "JavaScript")`,
      );
    expect(await kinds()).toEqual(["JavaScript"]);
    await click("#stacks .choice button", "allocated");
    expect(await kinds()).toEqual(["native"]);
    expect(await text("#stacks .readout")).toContain("allocated");
  });

  test("a search marks frames, says their sum, and leaves its functions in the table", async () => {
    await showScene(serverScene());
    const marked = () =>
      page.evaluate<number>(
        `[...document.querySelectorAll("g.frame rect")].filter((each) => each.getAttribute("fill") === "#d33fd3").length`,
      );
    expect(await marked()).toBe(0);
    await page.evaluate(`document.querySelector("#stacks input").focus()`);
    await page.send("Input.insertText", { text: "sqlite3_STEP(".slice(0, 12) });
    await page.until(`document.querySelector("#stacks .readout").textContent.includes("frames match")`);
    expect(await marked()).toBeGreaterThan(0);
    expect(await count(".functions tbody tr")).toBe(1);
    await page.send("Input.insertText", { text: "(" });
    expect(await count(".functions tbody tr")).toBe(0);
    await page.evaluate(`{ const box = document.querySelector("#stacks input"); box.value = ""; box.dispatchEvent(new Event("input")); }`);
    expect(await marked()).toBe(0);
    expect(page.complaints).toEqual([]);
  });

  test("a click on a frame zooms in, on the root out", async () => {
    await showScene(serverScene());
    const widthOf = (name: string) =>
      page.evaluate<number>(`Number(document.querySelector("g.frame[name='${name}']").getAttribute("width"))`);
    const before = await widthOf("native");
    await page.evaluate(`document.querySelector("g.frame[name=native]").dispatchEvent(new MouseEvent("click", { bubbles: true }))`);
    await page.until(`Number(document.querySelector("g.frame[name=native]").getAttribute("width")) > ${before * 1.5}`);
    await page.evaluate(`document.querySelector("g.frame[name=all]").dispatchEvent(new MouseEvent("click", { bubbles: true }))`);
    await page.until(`Number(document.querySelector("g.frame[name=native]").getAttribute("width")) < ${before * 1.1}`);
  });

  test("light and dark follow the system until the reader chooses", async () => {
    const background = () => page.evaluate<string>(`getComputedStyle(document.body).backgroundColor`);
    const corner = () =>
      page.evaluate<string>(`[...document.querySelector("canvas").getContext("2d").getImageData(80, 40, 600, 1).data].join()`);
    await showScene(serverScene(), 1280, "dark");
    const dark = await background();
    const darkPicture = await corner();
    await page.evaluate(`document.getElementById("theme").click()`);
    expect(await background()).not.toBe(dark);
    expect(await corner()).not.toBe(darkPicture);
    await page.evaluate(`document.getElementById("theme").click()`);
    expect(await background()).toBe(dark);
    await showScene(serverScene(), 1280, "light");
    expect(await background()).not.toBe(dark);
  });

  test("a narrow window shows everything without scrolling sideways", async () => {
    for (const scene of [serverScene, makeScene, hostileScene]) {
      await showScene(scene(), 380);
      expect(await page.evaluate(`document.documentElement.scrollWidth`)).toBeLessThanOrEqual(380);
    }
  });

  test("paper is light and narrow, and the screen comes back after it", async () => {
    await showScene(serverScene(), 1280, "dark");
    const widths = () =>
      page.evaluate<number[]>(`[...document.querySelectorAll("canvas, .flame svg")].map((each) => each.getBoundingClientRect().width)`);
    const onScreen = await widths();
    // Paper is drawn at once: what would come a moment later is not on it.
    const frames = await page.evaluate<number[]>(
      `(() => { dispatchEvent(new Event("beforeprint")); return [...document.querySelectorAll("g.frame rect")].map((each) => Number(each.getAttribute("width"))); })()`,
    );
    expect(Math.min(...frames)).toBeGreaterThan(0);
    for (const width of await widths()) expect(width).toBeLessThanOrEqual(700);
    expect(await page.evaluate(`getComputedStyle(document.querySelector(".card")).backgroundColor`)).toBe("rgb(255, 255, 255)");
    await page.evaluate(`dispatchEvent(new Event("afterprint"))`);
    expect(await widths()).toEqual(onScreen);
    const { data } = await page.send<{ data: string }>("Page.printToPDF", { printBackground: true });
    expect(Buffer.from(data, "base64").subarray(0, 5).toString()).toBe("%PDF-");
  });

  test("limits, marks and the peak are drawn into the picture, a gate that failed in red", async () => {
    const gate = (lineBytes: number, passed: boolean) => ({ gate: "--fail-above", passed, detail: "", lineBytes });
    const pixels = (colour: string) =>
      page.evaluate<number>(
        `(() => { const canvas = document.querySelector("canvas"); const data = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer); return data.filter((each) => each === ${colour}).length; })()`,
      );
    // Red, green and blue of the style sheet's --bad and --ink, as they lie in memory.
    const [bad, ink] = ["0xff1e26b3", "0xff241f1b"];
    const showGate = (passed: boolean) => show(htmlReport(buildModel(lonelyScene(), { gates: [gate(200 * 1024 * 1024, passed)] }), code));
    await showGate(false);
    expect(await pixels(bad)).toBeGreaterThan(300);
    await showGate(true);
    expect(await pixels(bad)).toBe(0);
    const dashed = await pixels(ink);
    await showScene(lonelyScene());
    expect(dashed - (await pixels(ink))).toBeGreaterThan(300);
  });

  test("the picture can be read as a table", async () => {
    await showScene(lonelyScene());
    expect(await count("#timeline tbody tr")).toBe(0);
    await page.evaluate(`document.querySelector("#timeline details").open = true`);
    await page.until(`document.querySelectorAll("#timeline tbody tr").length > 0`);
    expect(await count("#timeline tbody tr")).toBeLessThanOrEqual(40);
    expect(await text("#timeline tbody")).toContain("232.0 MiB");
  });

  test("processes sort by what is asked, in the order of their births as a tree", async () => {
    await showScene(serverScene());
    const pids = () =>
      page.evaluate<string>(`[...document.querySelectorAll(".processes tbody th .muted")].map((each) => each.textContent.trim()).join()`);
    expect(await pids()).toBe("4112,4100,4111,4110,4120,4121");
    await click(".processes thead button", "Lifetime");
    expect(await pids()).toBe("4100,4110,4111,4112,4120,4121");
    await click(".processes thead button", "CPU");
    expect((await pids()).slice(0, 4)).toBe("4100");
    expect(await count(".bar.unseen")).toBe(2);
  });

  test("two captures side by side", async () => {
    const [before, after] = [buildModel(serverScene()), buildModel(changedServerScene())];
    await show(htmlDiff(diffModels(before, after, 0.05), before, after, code));
    expect(page.complaints).toEqual([]);
    expect(await text("h1")).toBe("The tree's peak grew by 12.0 %.");
    expect(await text(".tile .value.diff-worse")).toBe("+12.0 %");
    expect(await text("#programs tbody")).toContain("ffprobe0 → 1");
    const fills = await page.evaluate<string[]>(
      `[...new Set([...document.querySelectorAll("g.frame rect")].map((each) => each.getAttribute("fill")))]`,
    );
    expect(fills.length).toBeGreaterThan(10);
    expect(await text(".functions thead")).toContain("Change");
    for (const shades of await colours()) expect(shades).toBeGreaterThan(10);
  });
});
