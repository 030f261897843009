// What a program for Node does with ERN messages: SAX events of saxes (without namespaces, which is its faster way) become small trees, those become
// records (saxes-records.mjs), all are kept until the message ends, then each release is joined and written as a line of JSON.
// node bench/parse/saxes.mjs <output> <message>...: prints how many releases there were.
import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import { SaxesParser } from "saxes";
import { dealsOf, partyOf, releaseOf, resourceOf } from "./saxes-records.mjs";

const LISTS = new Set(["PartyList", "ResourceList", "ReleaseList", "DealList"]);
const FLUSH_LENGTH = 1 << 20;

/** Calls `take` with each child of a list, and with the message's header, as a tree of { name, attributes, children, text }. */
async function readComposites(path, take) {
  const parser = new SaxesParser({ fileName: path });
  const names = [];
  const open = [];
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const isComposite = open.length === 0 && (LISTS.has(names.at(-1)) || name === "MessageHeader");
    if (isComposite || open.length > 0) {
      const element = { name, attributes, children: [], text: "" };
      open.at(-1)?.children.push(element);
      open.push(element);
    } else if (names.length === 0) take({ name: "", attributes, children: [], text: "" });
    names.push(name);
  });
  const addText = (text) => {
    if (open.length > 0) open.at(-1).text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    names.pop();
    const element = open.pop();
    if (element !== undefined && open.length === 0) take(element);
  });
  for await (const piece of createReadStream(path, { encoding: "utf8", highWaterMark: 65_536 })) parser.write(piece);
  parser.close();
}

async function parseMessage(path, write) {
  const message = { file: path, isVersion3: false, id: null, releases: [], resources: new Map(), parties: new Map(), deals: new Map() };
  await readComposites(path, (element) => addComposite(message, element));
  for (const release of message.releases) write(JSON.stringify(joined(release, message)));
  return message.releases.length;
}

function addComposite(message, element) {
  if (element.name === "") message.isVersion3 = "MessageSchemaVersionId" in element.attributes;
  else if (element.name === "MessageHeader") message.id = element.children.find(({ name }) => name === "MessageId")?.text ?? null;
  else if (element.name === "Party") addFirst(message.parties, partyOf(element));
  else if (element.name.endsWith("Release")) message.releases.push(releaseOf(element, message.isVersion3));
  else if (element.name === "ReleaseDeal") {
    const { references, deals } = dealsOf(element);
    for (const reference of references) message.deals.set(reference, [...(message.deals.get(reference) ?? []), ...deals]);
  } else addFirst(message.resources, resourceOf(element, message.isVersion3));
}

const addFirst = (map, record) => map.has(record.ref) || map.set(record.ref, record);

/** @returns the release as it is written, in that order */
function joined({ items, labelRef, ...release }, { file, id, resources, parties, deals }) {
  const [tracks, images, problems] = [[], [], []];
  for (const { seq, disc, ref, isBonus } of items) {
    const resource = resources.get(ref);
    if (resource === undefined) problems.push({ code: "MISSING_REFERENCE", message: ref });
    else if (resource.kind === "Image") images.push(resource);
    else {
      const track = { seq, disc, displaySeq: null, ...withNames(resource, parties) };
      track.isBonus = isBonus ?? track.isBonus;
      tracks.push(track);
    }
  }
  return {
    type: "release",
    file,
    messageId: id,
    ...withNames(release, parties),
    label: release.label ?? parties.get(labelRef)?.name ?? null,
    tracks,
    images,
    videos: [],
    texts: [],
    trackCount: tracks.length,
    discCount: new Set(tracks.map(({ disc }) => disc).filter((disc) => disc !== null)).size,
    deals: deals.get(release.ref) ?? [],
    problems,
  };
}

/** Version 4 has names and ids of people in a list of their own. */
function withNames(record, parties) {
  const named = (credit) => {
    const party = parties.get(credit.partyRef);
    return party === undefined ? credit : { ...credit, name: party.name, partyIds: party.ids };
  };
  const copy = { ...record, artists: record.artists.map(named) };
  if (record.contributors !== undefined) copy.contributors = record.contributors.map(named);
  return copy;
}

const [output, ...inputs] = process.argv.slice(2);
const fd = openSync(output, "w");
let text = "";
const flush = () => {
  writeSync(fd, text);
  text = "";
};
let releases = 0;
for (const input of inputs) {
  releases += await parseMessage(input, (line) => {
    text += `${line}\n`;
    if (text.length > FLUSH_LENGTH) flush();
  });
}
flush();
closeSync(fd);
console.log(releases);
