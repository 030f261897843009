/** Many messages, some of them wrong, some of them changing, and disks that are full. */
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeSmallMessage } from "../../fixtures/ddex.mjs";
import { MmSession, until } from "../transcode/run-mm.ts";
import { recordsOf, releasesOf, writeMessage } from "./messages.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());
afterEach(() => {
  for (const name of session.leftovers()) rmSync(session.path(name), { recursive: true, force: true });
});

const shell = (command: string) => spawnSync("sh", ["-c", command], { cwd: session.folder, encoding: "utf8", maxBuffer: 1e8 });
const read = (name: string): string => readFileSync(session.path(name), "utf8");

/** Of three versions, in the order of their names. */
function writeMany(count: number): void {
  mkdirSync(session.path("in"));
  for (let at = 0; at < count; at += 1) writeFileSync(session.path(`in/${String(at).padStart(5, "0")}.xml`), makeSmallMessage(2, at));
}

const files = (ndjson: string) => releasesOf(ndjson).map((record) => (record as unknown as { file: string }).file);

describe("a folder of messages", () => {
  it("gives the same whatever reads at once, in the order of their names", () => {
    writeMany(300);
    const outputs = ["1", "2", "7"].map((jobs) => {
      const { code, stderr } = session.run(["parse", "in", "-o", "out.ndjson", "-y", "-q", "--jobs", jobs]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return read("out.ndjson");
    });
    expect(outputs[1] === outputs[0]).toBe(true);
    expect(outputs[2] === outputs[0]).toBe(true);
    const names = files(outputs[0] ?? "");
    expect(names).toHaveLength(300);
    expect(names).toEqual(names.toSorted());
  });

  it("of more messages than files may be open is read", () => {
    writeMany(400);
    const { status, stderr } = shell(`ulimit -n 128; exec '${process.execPath}' '${session.bin}' parse in -q -d out`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(readdirSync(session.path("out"))).toHaveLength(400);
  });

  it("with a pipe in it does not wait for a writer", () => {
    writeMany(3);
    execFileSync("mkfifo", [session.path("in/1.xml")]);
    const { status } = spawnSync(process.execPath, [session.bin, "parse", "in", "-q"], { cwd: session.folder, timeout: 20_000 });
    expect(status).not.toBeNull();
  });
});

describe("one wrong message among many", () => {
  const names = (folder: string) => readdirSync(session.path(folder)).sort();
  beforeEach(() => {
    writeMany(30);
    const root = 'NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43"';
    writeFileSync(session.path("in/00007.xml"), `<ern:${root}>\n<a><b></a></ern:${root}>`);
    truncateSync(session.path("in/00019.xml"), 5000);
  });

  it("ends the job with its code, and no output is there", () => {
    const { code, stderr } = session.run(["parse", "in", "-o", "out.ndjson", "-q"]);
    expect(code).toBe(65);
    expect(stderr).toMatch(/00007\.xml:2:7: XML_TAG_MISMATCH: /);
    expect(session.leftovers()).toEqual(["in"]);
  });

  it("does not stop the others with --continue-on-error", () => {
    const { code, stderr } = session.run(["parse", "in", "-o", "out.ndjson", "-q", "--continue-on-error", "--report", "report.json"]);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/00007\.xml:2:7: XML_TAG_MISMATCH: /);
    expect(stderr).toMatch(/00019\.xml:\d+:\d+: XML_/);
    expect(new Set(files(read("out.ndjson"))).size).toBe(28);
    const errors = recordsOf(read("out.ndjson")).filter(({ type }) => type === "error");
    expect(errors).toMatchObject([{ code: "XML_TAG_MISMATCH", line: 2, column: 7 }, { code: expect.stringMatching(/^XML_/) }]);
    expect(JSON.parse(read("report.json")).result).toMatchObject({ files: 30, failedFiles: 2, releases: 28 });
  });

  it("nor does one that is gone", () => {
    const { code, stderr } = session.run([
      "parse",
      "in/00001.xml",
      "gone.xml",
      "in/00002.xml",
      "-o",
      "out.ndjson",
      "-q",
      "--continue-on-error",
    ]);
    expect(code, stderr).toBe(1);
    expect(stderr).toContain("gone.xml does not exist");
    expect(new Set(files(read("out.ndjson")))).toEqual(new Set(["in/00001.xml", "in/00002.xml"]));
    expect(session.run(["parse", "in/00001.xml", "gone.xml", "-o", "other.ndjson", "-q"]).code).toBe(66);
    expect(existsSync(session.path("other.ndjson"))).toBe(false);
  });

  it("leaves no file of its own in a folder of outputs", () => {
    expect(session.run(["parse", "in", "-d", "out", "-q", "--continue-on-error"]).code).toBe(1);
    expect(names("out")).toHaveLength(28);
    expect(names("out")).not.toContain("00007.ndjson");
  });

  it("and one more are more than --max-errors 2 takes", () => {
    writeFileSync(session.path("in/00025.xml"), "");
    const args = ["parse", "in", "-o", "out.ndjson", "-q", "--continue-on-error"];
    expect(session.run([...args, "--max-errors", "2"]).code).toBe(65);
    expect(existsSync(session.path("out.ndjson"))).toBe(false);
    expect(session.run([...args, "--max-errors", "4"]).code).toBe(1);
  });
});

describe("ends that come too early", () => {
  const started = async (more: readonly string[] = []) => {
    writeMessage(session.path("in.xml"), { profile: "catalogue", seed: 4, bytes: 150e6 });
    const job = session.start(["parse", "in.xml", "-o", "out.ndjson", "--max-memory", "128M", "--progress", "json", ...more]);
    await until(() => /"type":"progress"/.test(job.said()));
    return job;
  };

  it("kill -9 leaves no output, and the same command runs afterwards", async () => {
    const job = await started();
    job.kill("SIGKILL");
    await job.exit;
    expect(existsSync(session.path("out.ndjson"))).toBe(false);
    const { code, stderr } = session.run(["parse", "in.xml", "-o", "out.ndjson", "-q", "--max-memory", "128M"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(session.leftovers().sort()).toEqual(["in.xml", "out.ndjson"]);
  });

  it("Ctrl-C leaves nothing at all", async () => {
    const job = await started();
    job.kill("SIGINT");
    expect((await job.exit).code).toBe(130);
    expect(session.leftovers()).toEqual(["in.xml"]);
  });

  it.each<[string, () => void]>([
    ["grows", () => appendFileSync(session.path("in.xml"), "<more/>")],
    ["shrinks", () => truncateSync(session.path("in.xml"), 70e6)],
  ])("a message that %s meanwhile is no crash, and no output", async (_name, change) => {
    const job = await started();
    change();
    const { code, stderr } = await job.exit;
    expect([65, 74], stderr).toContain(code);
    expect(session.leftovers()).toEqual(["in.xml"]);
  });
});

describe("a disk that is full", () => {
  const hasMount = (): boolean => {
    mkdirSync(session.path("disk"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", session.path("disk")]).status === 0;
    if (!mounted) console.log("skipped: full disks, because a file system cannot be mounted here");
    return mounted;
  };
  const unmount = () => spawnSync("umount", [session.path("disk")]);

  it("below the output is an error that says so, and nothing stays", () => {
    if (!hasMount()) return;
    try {
      writeMessage(session.path("in.xml"), { profile: "catalogue", seed: 4, bytes: 8e6 });
      const { code, stderr } = session.run(["parse", "in.xml", "-o", "disk/out.ndjson", "-q"]);
      expect(code, stderr).toBe(75);
      expect(stderr).toMatch(/space/);
      expect(readdirSync(session.path("disk"))).toEqual([]);
    } finally {
      unmount();
    }
  });

  it("below the temporary files is one too", () => {
    if (!hasMount()) return;
    try {
      const counts = writeMessage(session.path("in.xml"), { profile: "catalogue", seed: 4, bytes: 8e6 });
      const input = readFileSync(session.path("in.xml"));
      // A pipe has to be spooled before it can be joined.
      const { code, stderr } = session.run(["parse", "-", "-o", "out.ndjson", "-q", "--temp-dir", "disk"], { input });
      expect(code, stderr).toBe(75);
      expect(session.leftovers().sort()).toEqual(["disk", "in.xml"]);
      expect(readdirSync(session.path("disk"))).toEqual([]);
      const capped = session.run(["parse", "-", "-o", "out.ndjson", "-q", "--max-disk", "1M"], { input });
      expect(capped.code, capped.stderr).toBe(75);
      expect(capped.stderr).toContain("--max-disk");
      expect(session.run(["parse", "-", "-o", "out.ndjson", "-q"], { input })).toMatchObject({ code: 0 });
      expect(releasesOf(read("out.ndjson"))).toHaveLength(counts.releases);
    } finally {
      unmount();
    }
  });
});

it("an output that is there is not replaced unless that is said, and an input never", () => {
  writeMany(2);
  const input = join("in", "00000.xml");
  writeFileSync(session.path("out.ndjson"), "mine");
  expect(session.run(["parse", input, "-o", "out.ndjson", "-q"]).code).toBe(73);
  expect(read("out.ndjson")).toBe("mine");
  const before = read(input);
  expect(session.run(["parse", input, "-o", input, "-y", "-q"]).code).toBe(64);
  expect(read(input)).toBe(before);
  rmSync(session.path("out.ndjson"));
  expect(session.run(["parse", input, "-o", "out.ndjson", "-q"]).code).toBe(0);
});
