/** The message itself: its root's attributes, its header, and what else stands beside the lists. */
import type { Shape } from "./shape.ts";

const MESSAGING_PARTY: Shape = {
  name: "messagingParty",
  fields: [
    { key: "partyId", kind: "text", at: "PartyId" },
    { key: "name", kind: "text", at: "PartyName/FullName" },
  ],
};

export const MESSAGE: Shape = {
  name: "message record",
  fields: [
    { key: "type", kind: "constant", value: "message" },
    { key: "file", kind: "joined", join: "file" },
    { key: "ern", kind: "joined", join: "version" },
    { key: "root", kind: "joined", join: "root" },
    { key: "messageId", kind: "text", at: "MessageHeader/MessageId" },
    { key: "threadId", kind: "text", at: "MessageHeader/MessageThreadId" },
    { key: "createdAt", kind: "text", at: "MessageHeader/MessageCreatedDateTime" },
    { key: "sender", kind: "object", shape: MESSAGING_PARTY, at: "MessageHeader/MessageSender" },
    { key: "recipient", kind: "object", shape: MESSAGING_PARTY, at: "MessageHeader/MessageRecipient" },
    { key: "recipients", kind: "objects", shape: MESSAGING_PARTY, at: "MessageHeader/MessageRecipient", ifMany: true },
    { key: "sentOnBehalfOf", kind: "object", shape: MESSAGING_PARTY, at: "MessageHeader/SentOnBehalfOf" },
    { key: "controlType", kind: "text", at: "MessageHeader/MessageControlType" },
    { key: "profile", kind: "text", at: "@ReleaseProfileVersionId" },
    { key: "profileVariant", kind: "text", at: "@ReleaseProfileVariantVersionId" },
    { key: "language", kind: "text", at: "@LanguageAndScriptCode" },
    { key: "updateIndicator", kind: "text", at: "UpdateIndicator" },
  ],
};
