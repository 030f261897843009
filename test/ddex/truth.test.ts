/** The reference against xmllint, where there is one: on the messages of the project, and on those of MM_TEST_DATA/ddex. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseMessage } from "./reference/parse.ts";
import { anywhere, ask, hasXmllint, isWellFormed } from "./xmllint.ts";

const OWN = fileURLToPath(new URL("../../fixtures/ddex", import.meta.url));
const DATA = process.env.MM_TEST_DATA === undefined ? "" : join(process.env.MM_TEST_DATA, "ddex");
if (!hasXmllint) console.log("skipped: there is no xmllint");
if (!existsSync(DATA)) console.log(`messages of ${OWN} alone: MM_TEST_DATA names no folder with ddex/ in it`);

const messages = [OWN, DATA].filter(existsSync).flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".xml"))
    .map((name) => join(folder, name)),
);

type Resource = { readonly ref: string; readonly isrc?: string | null };
type Release = {
  readonly type: string;
  readonly ref: string | null;
  readonly tracks: readonly Resource[];
  readonly images: readonly Resource[];
  readonly videos: readonly Resource[];
  readonly texts: readonly Resource[];
  readonly deals: readonly unknown[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
};

/** A command of xmllint has 400 characters at most. */
const RELEASES = "//*[local-name()='ReleaseList']/*[contains(local-name(),'Release')]";
const ITEM = "*[local-name()='ResourceGroupContentItem']";
const REFERENCE = "*[local-name()='ReleaseResourceReference']";
const LINKED = "*[local-name()='LinkedReleaseResourceReference' or local-name()='ResourceGroupResourceReference']";

function releasesOf(lines: readonly string[]): readonly Release[] {
  return lines.map((line) => JSON.parse(line) as Release).filter(({ type }) => type === "release");
}

it.skipIf(!hasXmllint).each(messages)("%s says the same to xmllint", (file) => {
  const lines = parseMessage(readFileSync(file), "x", "joined");
  if ("code" in lines) {
    const isOurs = lines.code.startsWith("UNSUPPORTED") || ["RECORDS_ONLY", "XML_PREFIX_UNDECLARED", "XML_DOCTYPE"].includes(lines.code);
    expect(isWellFormed(file) ? isOurs : lines.code.startsWith("XML_"), lines.code).toBe(true);
    return;
  }
  const releases = releasesOf(lines);
  const [count, purged] = ask(file, [{ value: `count(${RELEASES})` }, { value: `count(${anywhere("PurgedRelease")})` }]);
  expect([releases.length, lines.length - 1 - releases.length]).toEqual([Number(count), Number(purged)]);

  const answers = ask(
    file,
    releases.flatMap((_, at) => {
      const release = `${RELEASES}[${at + 1}]`;
      const reference = `string(${release}/*[local-name()='ReleaseReference'])`;
      return [
        { value: reference },
        { texts: `${release}//${ITEM}/${REFERENCE}` },
        { texts: `${release}//${LINKED} | ${release}//${REFERENCE}[not(parent::${ITEM})]` },
        { value: `count(${anywhere("ReleaseDeal")}/*[local-name()='Deal'][../*[local-name()='DealReleaseReference'] = ${reference}])` },
      ];
    }),
  );
  for (const [at, release] of releases.entries()) {
    const [reference, items, others, deals] = answers.slice(4 * at, 4 * at + 4) as [string, string[], string[], string];
    expect(release.ref).toBe(reference);
    expect(release.deals).toHaveLength(Number(deals));
    const mentioned = [...items, ...new Set(others.filter((other) => !items.includes(other)))];
    const joined = [...release.tracks, ...release.images, ...release.videos, ...release.texts].map(({ ref }) => ref);
    const missing = release.problems.flatMap(({ code, message }) =>
      code === "MISSING_REFERENCE" && message.startsWith("A") ? message.slice(0, message.indexOf(" ")) : [],
    );
    expect([...joined, ...missing].sort(), `${reference}`).toEqual(mentioned.sort());
  }
});

it.skipIf(!hasXmllint).each(messages)("%s has the ISRCs that xmllint finds", (file) => {
  const lines = parseMessage(readFileSync(file), "x", "joined");
  if ("code" in lines) return;
  const tracks = new Map(releasesOf(lines).flatMap(({ tracks, videos }) => [...tracks, ...videos].map((one) => [one.ref, one.isrc ?? ""])));
  const resource = (ref: string) => `//*[local-name()='ResourceList']/*[*[local-name()='ResourceReference'] = '${ref}']`;
  const answers = ask(
    file,
    [...tracks.keys()].map((ref) => ({ value: `string(${resource(ref)}//*[local-name()='ISRC'])` })),
  );
  expect([...tracks.values()]).toEqual(answers);
});
