#pragma once

#include <cstdint>

namespace mm {

/// Why a message is refused: one for each rule of XML 1.0 (fifth edition), of Namespaces in XML 1.0, and of ours.
enum class XmlError : uint8_t {
  none,
  /// A byte order mark, NUL pattern or declaration of another encoding than UTF-8.
  encoding,
  /// Bytes that are no UTF-8: overlong, surrogates, above U+10FFFF, cut off.
  utf8,
  /// A character that XML does not allow.
  character,
  declaration,
  /// Refused, whatever it holds.
  doctype,
  /// '<' with nothing behind it that may begin there.
  markup,
  /// A name is missing, has a character that names do not have, or colons where namespaces forbid them.
  name,
  /// In a tag: what is neither white space, an attribute nor its end.
  tag,
  /// An attribute without '=' or quotes.
  attribute,
  attributeLessThan,
  /// By its name, or by namespace and local name.
  attributeRepeated,
  tagMismatch,
  /// '&' that begins no reference.
  reference,
  /// Of another entity than lt, gt, amp, apos and quot.
  entity,
  characterReference,
  /// "]]>" in character data.
  cdataEnd,
  /// "--" in a comment.
  comment,
  /// Its target: colons, or "xml" behind the input's start; or no white space behind it.
  processingInstruction,
  /// Character data outside of the root element.
  textOutside,
  secondRoot,
  noRoot,
  /// The input ends within something.
  unclosed,
  prefixUndeclared,
  /// A declaration of what is reserved, or of a prefix for no namespace.
  namespaceReserved,
  depthLimit,
  nameLimit,
  attributesLimit,
  attributeBytesLimit,
  namespacesLimit,
};

/// The stable name of an error that users see: XML_TAG_MISMATCH.
const char* xmlErrorCode(XmlError error);

/// What is wrong, as a sentence without names. It lives as long as the program.
const char* xmlErrorText(XmlError error);

}  // namespace mm
