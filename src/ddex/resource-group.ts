/** The order of a release's resources: groups, which hold items and groups. */
import type { Shape } from "./shape.ts";

const ITEM: Shape = {
  name: "groupItem",
  fields: [
    { key: "ref", kind: "text", at: "ReleaseResourceReference" },
    { key: "seq", kind: "integer", at: "SequenceNumber" },
    { key: "displaySeq", kind: "text", at: "DisplaySequence" },
    { key: "isBonus", kind: "flag", at: "IsBonusResource" },
    { key: "isHidden", kind: "flag", at: "IsHiddenResource" },
    { key: "linked", kind: "texts", at: "LinkedReleaseResourceReference" },
  ],
};

export const RESOURCE_GROUP: Shape = {
  name: "resourceGroup",
  fields: [
    { key: "seq", kind: "integer", at: "SequenceNumber" },
    { key: "type", kind: "text", at: "@ResourceGroupType" },
    { key: "groups", kind: "objects", shape: () => RESOURCE_GROUP, at: "ResourceGroup" },
    { key: "items", kind: "objects", shape: ITEM, at: "ResourceGroupContentItem" },
    {
      key: "linked",
      kind: "texts",
      at: ["LinkedReleaseResourceReference", "ResourceGroupResourceReferenceList/ResourceGroupResourceReference"],
    },
  ],
};
