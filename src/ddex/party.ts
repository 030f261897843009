/** Parties: inline in ERN 3.8, in a list and referred to in ERN 4. */
import { recordShape } from "./record.ts";
import type { At, Field, Shape } from "./shape.ts";

const TYPED_IDS = ["ISNI", "DPID", "IpiNameNumber", "IPN", "CisacSocietyId", "ProprietaryId"].map((type) => `PartyId/${type}`);
const INLINE_IDS: At = { "3.8": "PartyId", "4.1": TYPED_IDS, "4.3": TYPED_IDS };

const PARTY_ID: Shape = {
  name: "partyId",
  fields: [
    { key: "type", kind: "element", at: [] },
    { key: "ns", kind: "text", at: "@Namespace" },
    { key: "value", kind: "text", at: "" },
  ],
};

const NAME: Shape = {
  name: "partyName",
  fields: [
    { key: "name", kind: "text", at: "FullName" },
    { key: "lang", kind: "text", at: ["@LanguageAndScriptCode", "FullName/@LanguageAndScriptCode"] },
    { key: "territory", kind: "text", at: "@ApplicableTerritoryCode" },
    { key: "default", kind: "flag", at: "@IsDefault" },
  ],
};

/** Of the PartyList of ERN 4. */
const PARTY_FIELDS: readonly Field[] = [
  { key: "ref", kind: "text", at: "PartyReference" },
  { key: "name", kind: "chosen", from: ["names.name"] },
  { key: "names", kind: "objects", shape: NAME, at: "PartyName", ifMany: true },
  { key: "ids", kind: "objects", shape: PARTY_ID, at: TYPED_IDS },
];
/** What credits and labels take their names and ids from. */
export const PARTY: Shape = { name: "party", fields: PARTY_FIELDS };
export const PARTY_RECORD = recordShape("party", PARTY_FIELDS);

const INLINE: readonly Field[] = [
  { key: "name", kind: "text", at: "PartyName/FullName" },
  { key: "partyIds", kind: "objects", shape: PARTY_ID, at: INLINE_IDS },
];
export const CHANNEL: Shape = { name: "channel", fields: INLINE };

const ROLES: At = {
  "3.8": ["ArtistRole", "ResourceContributorRole", "IndirectResourceContributorRole"],
  "4.1": ["DisplayArtistRole", "ArtisticRole", "Role"],
  "4.3": ["DisplayArtistRole", "ArtisticRole", "Role"],
};
const ROLE: readonly Field[] = [
  { key: "role", kind: "code", at: ROLES },
  { key: "roles", kind: "codes", at: ROLES, ifMany: true },
  { key: "seq", kind: "integer", at: "@SequenceNumber" },
];

/** An artist or a contributor. */
export const CREDIT: Shape = {
  name: "credit",
  fields: [
    { key: "name", kind: "text", at: "PartyName/FullName", in: ["3.8"] },
    { key: "name", kind: "joined", join: "partyName", of: "partyRef", in: ["4.1", "4.3"] },
    ...ROLE,
    {
      key: "partyRef",
      kind: "text",
      at: { "4.1": ["ArtistPartyReference", "ContributorPartyReference"], "4.3": ["ArtistPartyReference", "ContributorPartyReference"] },
    },
    { key: "partyIds", kind: "objects", shape: PARTY_ID, at: INLINE_IDS, in: ["3.8"] },
    { key: "partyIds", kind: "joined", join: "partyIds", of: "partyRef", in: ["4.1", "4.3"] },
  ],
};

/** Of a release that is purged: inline in all versions. */
export const INLINE_CREDIT: Shape = { name: "inlineCredit", fields: [INLINE[0] as Field, ...ROLE, INLINE[1] as Field] };
