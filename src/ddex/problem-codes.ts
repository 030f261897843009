/** Every code that a message can be refused with, or that a record's problems have. docs/PARSE.md is printed from it. */

export type ProblemCode = {
  readonly code: string;
  readonly text: string;
};

/** Refused as malformed, exit 65: not well-formed. The names are those of native/xml/xml_error.cc. */
export const XML_CODES: readonly ProblemCode[] = [
  { code: "XML_ENCODING", text: "the encoding is not UTF-8" },
  { code: "XML_UTF8", text: "bytes that are not UTF-8" },
  { code: "XML_CHARACTER", text: "a character that XML does not allow" },
  { code: "XML_DECLARATION", text: "the XML declaration is not one" },
  { code: "XML_DOCTYPE", text: "a DOCTYPE is not accepted" },
  { code: "XML_MARKUP", text: "nothing that may stand here begins so" },
  { code: "XML_NAME", text: "a name is missing or not allowed" },
  { code: "XML_TAG", text: "a tag goes on with what does not belong into it" },
  { code: "XML_ATTRIBUTE", text: "an attribute without = or quotes" },
  { code: "XML_ATTRIBUTE_LESS_THAN", text: "< in the value of an attribute" },
  { code: "XML_ATTRIBUTE_REPEATED", text: "an attribute that the tag has already" },
  { code: "XML_TAG_MISMATCH", text: "an end tag of an element that is not the innermost open one" },
  { code: "XML_REFERENCE", text: "& that begins no reference" },
  { code: "XML_ENTITY", text: "an entity that is not declared" },
  { code: "XML_CHARACTER_REFERENCE", text: "a reference to a character that XML does not allow" },
  { code: "XML_CDATA_END", text: "]]> outside of a CDATA section" },
  { code: "XML_COMMENT", text: "-- within a comment" },
  { code: "XML_PROCESSING_INSTRUCTION", text: "a processing instruction whose target is not allowed" },
  { code: "XML_TEXT_OUTSIDE", text: "text outside of the root element" },
  { code: "XML_SECOND_ROOT", text: "a second root element" },
  { code: "XML_NO_ROOT", text: "there is no element" },
  { code: "XML_UNCLOSED", text: "the input ends too early" },
  { code: "XML_PREFIX_UNDECLARED", text: "a prefix of a namespace that is not declared" },
  { code: "XML_NAMESPACE", text: "a declaration of a namespace that is not allowed" },
];

/** Refused as malformed, exit 65: more than a limit allows. */
export const LIMIT_CODES: readonly ProblemCode[] = [
  { code: "XML_LIMIT_DEPTH", text: "elements are nested too deep" },
  { code: "XML_LIMIT_NAME", text: "a name is too long" },
  { code: "XML_LIMIT_ATTRIBUTES", text: "a tag has too many attributes" },
  { code: "XML_LIMIT_ATTRIBUTE_BYTES", text: "the attributes of a tag are too long" },
  { code: "XML_LIMIT_NAMESPACES", text: "too many namespaces are declared" },
  { code: "LIMIT_ELEMENTS", text: "a composite has more elements than --max-elements" },
  { code: "LIMIT_VALUE", text: "a value has more than 1 MiB" },
];

/** Refused as unsupported, exit 69. */
export const STRUCTURE_CODES: readonly ProblemCode[] = [
  { code: "UNSUPPORTED_ROOT", text: "the root is none of the messages that are read" },
  { code: "UNSUPPORTED_VERSION", text: "the message is of a version of ERN that is not read, or of none" },
  { code: "RECORDS_ONLY", text: "a message without releases to join: --mode records reads it" },
];

/** In the problems of a record. {} is what the message has. */
export const RECORD_CODES = [
  { code: "MISSING_REFERENCE", text: "{} leads to no resource or party of this message: it is left out, or null" },
  { code: "DUPLICATE_REFERENCE", text: "{} is the reference of several resources or parties: the first counts" },
  { code: "SEQUENCE_ORDER", text: "sequence number {} is not above the one before it: the order of the message is kept" },
  { code: "INVALID_FLAG", text: "{} is not true, false, 1 or 0: null" },
  { code: "INVALID_INTEGER", text: "{} is not a whole number: null" },
  { code: "INVALID_DURATION", text: "{} is no duration in days, hours, minutes and seconds: null" },
  { code: "MORE_PROBLEMS", text: "{} more problems are not listed" },
] as const satisfies readonly ProblemCode[];

/** A record lists no more, and then says how many more there are. */
export const MOST_PROBLEMS = 100;
