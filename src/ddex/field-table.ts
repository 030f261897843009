/** What is read of a message in each mode: its composites, and the shapes of their records. */
import { DEAL_RECORD, RELEASE_DEALS } from "./deal.ts";
import type { Medium } from "./file.ts";
import { CATALOG_ITEM, PURGED } from "./listed-release.ts";
import { MESSAGE } from "./message.ts";
import { PARTY, PARTY_RECORD } from "./party.ts";
import { recordShape } from "./record.ts";
import { recordingFields, trackFields } from "./recording.ts";
import { RELEASE, RELEASE_RECORD } from "./release.ts";
import { resourceFields } from "./resource.ts";
import type { Composite, FieldTable, ResourceList, Shape } from "./shape.ts";

type Resource = { readonly element: string; readonly stem: string; readonly into: ResourceList; readonly medium: Medium };
const RESOURCES: readonly Resource[] = [
  { element: "SoundRecording", stem: "SoundRecording", into: "tracks", medium: "audio" },
  { element: "MIDI", stem: "Midi", into: "tracks", medium: "audio" },
  { element: "Video", stem: "Video", into: "videos", medium: "video" },
  { element: "Image", stem: "Image", into: "images", medium: "image" },
  ...["Text", "SheetMusic", "Software", "UserDefinedResource"].map(
    (element): Resource => ({ element, stem: element, into: "texts", medium: "other" }),
  ),
];
const RELEASES = ["Release", "TrackRelease", "ClipRelease"];

function resourceShape({ stem, into, medium, element }: Resource, isRecord: boolean): Shape {
  const isPlayed = into === "tracks" || into === "videos";
  if (isRecord) return recordShape("resource", isPlayed ? recordingFields(stem, medium) : resourceFields(stem, medium, "resourceType"));
  return { name: element, fields: isPlayed ? trackFields(stem, medium) : resourceFields(stem, medium, "type") };
}

const LISTED: readonly Composite[] = [
  { element: "PurgedRelease", list: "", is: "purge", shape: PURGED },
  { element: "CatalogItem", list: "", is: "catalog", shape: CATALOG_ITEM },
];

function compositesOf(isRecord: boolean): readonly Composite[] {
  const releaseShape = isRecord ? RELEASE_RECORD : RELEASE;
  return [
    { element: "Party", list: "PartyList", is: "party", reference: "PartyReference", shape: isRecord ? PARTY_RECORD : PARTY },
    ...RESOURCES.map(
      (resource): Composite => ({
        element: resource.element,
        list: "ResourceList",
        is: "resource",
        reference: "ResourceReference",
        into: resource.into,
        shape: resourceShape(resource, isRecord),
      }),
    ),
    ...RELEASES.map(
      (element): Composite => ({ element, list: "ReleaseList", is: "release", reference: "ReleaseReference", shape: releaseShape }),
    ),
    {
      element: "ReleaseDeal",
      list: "DealList",
      is: "deal",
      reference: "DealReleaseReference",
      shape: isRecord ? DEAL_RECORD : RELEASE_DEALS,
    },
    ...LISTED,
  ];
}

/** One record for each release, with all that it refers to; a message that lists releases in short has a record for each of those. */
export const JOINED_TABLE: FieldTable = { message: MESSAGE, composites: compositesOf(false) };
/** One record for each composite, as it stands. */
export const RECORDS_TABLE: FieldTable = { message: MESSAGE, composites: compositesOf(true) };
