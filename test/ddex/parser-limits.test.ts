/** Messages that are made to hurt: refused or harmless, within the memory that was given. */
import { describe, expect, it } from "vitest";
import { MESSAGES, readMessage } from "./fixtures.ts";
import { type Options, parseAll } from "./native-parser.ts";

const MIB = 1024 * 1024;

function newRelease(lists: string): Buffer {
  return Buffer.from(
    `<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43"><MessageHeader><MessageId>m</MessageId></MessageHeader>${lists}</ern:NewReleaseMessage>`,
  );
}
const recording = (ref: string, title = "t") =>
  `<SoundRecording><ResourceReference>${ref}</ResourceReference><DisplayTitle><TitleText>${title}</TitleText></DisplayTitle></SoundRecording>`;
const item = (ref: string) =>
  `<ResourceGroupContentItem><ReleaseResourceReference>${ref}</ReleaseResourceReference></ResourceGroupContentItem>`;
const release = (ref: string, group: string) =>
  `<Release><ReleaseReference>${ref}</ReleaseReference><ResourceGroup>${group}</ResourceGroup></Release>`;
const message = (resources: string, releases: string, deals = "") =>
  newRelease(`<ResourceList>${resources}</ResourceList><ReleaseList>${releases}</ReleaseList><DealList>${deals}</DealList>`);

async function outcomeOf(bytes: Buffer, options: Options = {}) {
  const { outcomes, text } = await parseAll([{ name: "m.xml", bytes }], options);
  return { ...outcomes[0], text };
}

/** The records of the releases. */
function releasesIn(text: string) {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === "release");
}

describe("limits", () => {
  it.each([
    ["XML_DOCTYPE", Buffer.from('<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>')],
    ["XML_DOCTYPE", Buffer.from('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')],
    ["XML_LIMIT_DEPTH", newRelease("<a>".repeat(1_000_000))],
    ["LIMIT_VALUE", message(recording("A1", "t".repeat(MIB + 1)), release("R0", item("A1")))],
    ["LIMIT_ELEMENTS", message(recording("A1"), release("R0", item("A1").repeat(500_001)))],
    ["XML_NO_ROOT", Buffer.alloc(0)],
    ["UNSUPPORTED_ROOT", Buffer.from("<ManifestMessage/>")],
    ["UNSUPPORTED_VERSION", Buffer.from('<NewReleaseMessage MessageSchemaVersionId="ern/113"/>')],
  ])("refuses with %s and writes nothing", async (code, bytes) => {
    const { failure, text, outputBytes } = await outcomeOf(bytes, { memoryBytes: 64 * MIB });
    expect(failure).toMatchObject({ code });
    expect(text).toBe("");
    expect(outputBytes).toBe(0);
  });

  it.each(["joined", "records"] as const)(
    "a composite of so many elements is refused below that and read from that on, %s",
    async (mode) => {
      for (const name of MESSAGES) {
        const codes: (string | undefined)[] = [];
        for (const maxElements of [1, 2, 3, 4, 5, 6, 8, 10, 15, 25, 40, 60, 90]) {
          const { failure, stop } = await outcomeOf(readMessage(name), { mode, maxElements });
          expect(stop, `${name} with ${maxElements}`).toBeUndefined();
          codes.push(failure?.code);
        }
        const last = codes.at(-1);
        expect([undefined, "RECORDS_ONLY"]).toContain(last);
        const refused = codes.lastIndexOf("LIMIT_ELEMENTS") + 1;
        expect(refused > 0).toBe(last === undefined);
        expect(codes).toEqual(codes.map((_, at) => (at < refused ? "LIMIT_ELEMENTS" : last)));
      }
    },
  );

  it("tells what memory is lacking before anything is written, and is content with it", async () => {
    const items = 20_000;
    const bytes = message(recording("A1"), release("R0", item("A1").repeat(items)));
    const memoryBytes = 8 * MIB;
    const first = await outcomeOf(bytes, { memoryBytes });
    expect(first.stop).toMatchObject({ code: "ENOMEM" });
    expect(first.text).toBe("");
    const second = await outcomeOf(bytes, { memoryBytes: memoryBytes + (first.stop?.lackingBytes ?? 0) });
    expect(second.stop).toBeUndefined();
    expect(releasesIn(second.text)[0].trackCount).toBe(items);
  });

  it("reports a memory that holds no message at all", async () => {
    const { stop } = await outcomeOf(message("", ""), { memoryBytes: MIB });
    expect(stop).toMatchObject({ code: "ENOMEM" });
    const enough = await outcomeOf(message("", ""), { memoryBytes: MIB + (stop?.lackingBytes ?? 0) });
    expect(enough.stop).toBeUndefined();
  });
});

it.each(["joined", "records"] as const)(
  "reads elements that are 256 deep, and passes over deeper ones, where --max-depth allows it, %s",
  async (mode) => {
    const nested = (depth: number) =>
      message(recording("A1"), release("R0", "<ResourceGroup>".repeat(depth - 4) + item("A1") + "</ResourceGroup>".repeat(depth - 4)));
    const options = { mode, maxDepth: 9000, memoryBytes: 64 * MIB };
    expect(await outcomeOf(nested(256), options)).toMatchObject({ releases: 1 });
    expect((await outcomeOf(nested(257), options)).failure).toMatchObject({ code: "XML_LIMIT_DEPTH" });
    expect(await outcomeOf(newRelease("<a>".repeat(8000) + "</a>".repeat(8000)), options)).toMatchObject({ maxDepth: 8001 });
  },
);

describe("references", () => {
  it("joins one resource to many releases", async () => {
    const count = 20_000;
    const releases = Array.from({ length: count }, (_, at) => release(`R${at}`, item("A1")));
    const { text, releases: counted, tracks } = await outcomeOf(message(recording("A1"), releases.join("")));
    expect([counted, tracks]).toEqual([count, count]);
    expect(releasesIn(text).every((one) => one.tracks[0].ref === "A1")).toBe(true);
  });

  it("takes the first of many with one reference, and says so", async () => {
    const resources = Array.from({ length: 10_000 }, (_, at) => recording("A1", `${at}`)).join("");
    const { text } = await outcomeOf(message(resources, release("R0", item("A1"))));
    expect(releasesIn(text)[0].tracks[0].title).toBe("0");
    expect(releasesIn(text)[0].problems).toMatchObject([{ code: "DUPLICATE_REFERENCE" }]);
  });

  it("lists a hundred problems and counts the others", async () => {
    const items = Array.from({ length: 1000 }, (_, at) => item(`A${at}`)).join("");
    const { text, problems } = await outcomeOf(message("", release("R0", items)));
    const listed = releasesIn(text)[0].problems;
    expect(listed).toHaveLength(101);
    expect(listed[100]).toMatchObject({ code: "MORE_PROBLEMS", message: "900 more problems are not listed", line: 1 });
    expect(problems).toBe(1000);
  });

  it("keeps names that objects of JavaScript have", async () => {
    const names = ["__proto__", "constructor", "toString"];
    const { text } = await outcomeOf(message(names.map((name) => recording(name)).join(""), release("R0", names.map(item).join(""))));
    expect(releasesIn(text)[0].tracks.map(({ ref }: { ref: string }) => ref)).toEqual(names);
  });

  it("gives the same with an index and a cache that do not fit", async () => {
    const count = 150_000;
    const resources = Array.from({ length: count }, (_, at) => recording(`A${at}`, `title ${at}`)).join("");
    const releases = Array.from({ length: 2000 }, (_, at) => release(`R${at}`, item(`A${(at * 7919) % count}`) + item(`A${at}`))).join("");
    const deal = (at: number) =>
      `<ReleaseDeal><DealReleaseReference>R${at}</DealReleaseReference><Deal><DealReference>D${at}</DealReference></Deal></ReleaseDeal>`;
    const deals = Array.from({ length: 2000 }, (_, at) => deal(1999 - at)).join("");
    const bytes = message(resources, releases, deals);
    const [small, large] = [await outcomeOf(bytes, { memoryBytes: 8 * MIB }), await outcomeOf(bytes, { memoryBytes: 64 * MIB })];
    expect(small.stop).toBeUndefined();
    // Compared so, since a difference would be printed whole.
    expect(small.text === large.text).toBe(true);
    const all = releasesIn(large.text);
    expect(all.every(({ tracks, ref, deals: [one] }, at) => tracks[1].title === `title ${at}` && one.ref === `D${ref.slice(1)}`)).toBe(
      true,
    );
    await expect(parseAll([{ name: "m.xml", bytes }], { memoryBytes: 8 * MIB, diskLimitBytes: 1000 })).rejects.toMatchObject({
      code: "ENOSPC",
    });
  });
});
