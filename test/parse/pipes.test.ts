/** Messages that come through pipes, records that leave through them, and readers that are slow or gone. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeMessage } from "../../fixtures/ddex.mjs";
import { MmSession } from "../transcode/run-mm.ts";
import { recordsOf, releasesOf, writeMessage } from "./messages.ts";

const MIB = 1024 * 1024;
let session: MmSession;
let boxSet: Buffer;
let joined: string;
beforeAll(() => {
  session = new MmSession();
  boxSet = Buffer.from([...makeMessage({ profile: "box-set", seed: 3 }).pieces].join(""));
  writeFileSync(session.path("box-set.xml"), boxSet);
  joined = withoutFile(session.run(["parse", "box-set.xml", "-q"]).stdout);
});
afterAll(() => session[Symbol.dispose]());

/** Records name their file, and all else must be the same whichever way it came. */
const withoutFile = (ndjson: string): string => ndjson.replaceAll(/"file":"[^"]*"/g, '"file":""');
const shell = (command: string) =>
  spawnSync("bash", ["-o", "pipefail", "-c", command], { cwd: session.folder, encoding: "utf8", maxBuffer: 1e8 });
const mm = (): string => `'${process.execPath}' '${session.bin}'`;

describe("in", () => {
  it("there is something to compare with", () => {
    expect(releasesOf(joined)).toHaveLength(121);
  });

  it.each<[string, () => Uint8Array]>([
    ["plain", () => boxSet],
    ["gzip", () => gzipSync(boxSet)],
    ["gzip of several members", () => Buffer.concat([gzipSync(boxSet.subarray(0, 1000)), gzipSync(boxSet.subarray(1000))])],
    ["zstd", () => spawnSync("zstd", ["-c"], { input: boxSet }).stdout],
  ])("%s through a pipe is joined as the file is", (_name, packed) => {
    const { code, stdout, stderr } = session.run(["parse", "-", "-q"], { input: packed() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(withoutFile(stdout) === joined).toBe(true);
  });

  it("a file of gzip is joined as the plain one is, and a truncated one is malformed", () => {
    const packed = gzipSync(boxSet);
    writeFileSync(session.path("box-set.xml.gz"), packed);
    const { code, stdout, stderr } = session.run(["parse", "box-set.xml.gz", "-q"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(withoutFile(stdout) === joined).toBe(true);
    writeFileSync(session.path("cut.xml.gz"), packed.subarray(0, packed.length - 100));
    expect(session.run(["parse", "cut.xml.gz", "-q"])).toMatchObject({ code: 65, stdout: "" });
  });

  it("records of a pipe are those of the file, without a spill", () => {
    const fromFile = session.run(["parse", "box-set.xml", "-q", "--mode", "records"]);
    const fromPipe = session.run(["parse", "-", "-q", "--mode", "records", "--max-disk", "4K"], { input: boxSet });
    expect(fromPipe.stderr).toBe("");
    expect(withoutFile(fromPipe.stdout) === withoutFile(fromFile.stdout)).toBe(true);
    const types = recordsOf(fromPipe.stdout).map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(["message", "party", "resource", "release", "deal"]));
    expect(types.filter((type) => type === "release")).toHaveLength(121);
  });

  it("bytes that trickle in are the same message", async () => {
    const child = spawn(process.execPath, [session.bin, "parse", "-", "-q"], { cwd: session.folder });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    const small = boxSet.subarray(0, 3000);
    for (let at = 0; at < small.length; at += 7) {
      child.stdin.write(small.subarray(at, at + 7));
      if (at % 70 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    child.stdin.end(boxSet.subarray(3000));
    const [code] = await once(child, "close");
    expect(code).toBe(0);
    expect(withoutFile(stdout) === joined).toBe(true);
  });

  it("a pipe that ends in the middle is malformed, and nothing is written", () => {
    const half = session.run(["parse", "-", "-q"], { input: boxSet.subarray(0, boxSet.length / 2) });
    expect(half).toMatchObject({ code: 65, stdout: "" });
    expect(half.stderr).toMatch(/XML_UNCLOSED|XML_TAG/);
  });
});

describe("out", () => {
  it("a reader that has seen enough ends it quietly", () => {
    for (const mode of ["joined", "records"]) {
      const { stdout, stderr, status } = shell(`${mm()} parse box-set.xml -q --mode ${mode} | head -1; exit "\${PIPESTATUS[0]}"`);
      expect({ status, stderr }, mode).toEqual({ status: 0, stderr: "" });
      expect(recordsOf(stdout), mode).toHaveLength(1);
    }
  });

  it("a full device is an error", () => {
    const { status, stderr } = shell(`${mm()} parse box-set.xml -q > /dev/full`);
    expect(status, stderr).toBe(75);
    expect(stderr).toMatch(/space/);
  });

  it("a slow reader slows it down, and it keeps nothing for it", async () => {
    const counts = writeMessage(session.path("catalogue.xml"), { profile: "catalogue", seed: 5, bytes: 30e6 });
    const args = ["parse", "catalogue.xml", "-q", "--max-memory", "128M", "--report", "report.json"];
    const child = spawn(process.execPath, [session.bin, ...args], { cwd: session.folder, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit");
    const pieces: Buffer[] = [];
    for await (const piece of child.stdout) {
      pieces.push(piece);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await ended).toEqual([0, null]);
    expect(releasesOf(Buffer.concat(pieces).toString())).toHaveLength(counts.releases);
    expect(JSON.parse(readFileSync(session.path("report.json"), "utf8")).memory.peakBytes).toBeLessThan(128 * MIB);
  });
});
