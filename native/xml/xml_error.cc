#include "xml_error.h"

namespace mm {

namespace {

struct Words {
  const char* code;
  const char* text;
};

Words wordsOf(XmlError error) {
  switch (error) {
    case XmlError::none:
      break;
    case XmlError::encoding:
      return {"XML_ENCODING", "the encoding is not UTF-8"};
    case XmlError::utf8:
      return {"XML_UTF8", "bytes that are not UTF-8"};
    case XmlError::character:
      return {"XML_CHARACTER", "a character that XML does not allow"};
    case XmlError::declaration:
      return {"XML_DECLARATION", "the XML declaration is not one"};
    case XmlError::doctype:
      return {"XML_DOCTYPE", "a DOCTYPE is not accepted"};
    case XmlError::markup:
      return {"XML_MARKUP", "nothing that may stand here begins so"};
    case XmlError::name:
      return {"XML_NAME", "a name is missing or not allowed"};
    case XmlError::tag:
      return {"XML_TAG", "a tag goes on with what does not belong into it"};
    case XmlError::attribute:
      return {"XML_ATTRIBUTE", "an attribute without = or quotes"};
    case XmlError::attributeLessThan:
      return {"XML_ATTRIBUTE_LESS_THAN", "< in the value of an attribute"};
    case XmlError::attributeRepeated:
      return {"XML_ATTRIBUTE_REPEATED", "an attribute that the tag has already"};
    case XmlError::tagMismatch:
      return {"XML_TAG_MISMATCH", "an end tag of an element that is not the innermost open one"};
    case XmlError::reference:
      return {"XML_REFERENCE", "& that begins no reference"};
    case XmlError::entity:
      return {"XML_ENTITY", "an entity that is not declared"};
    case XmlError::characterReference:
      return {"XML_CHARACTER_REFERENCE", "a reference to a character that XML does not allow"};
    case XmlError::cdataEnd:
      return {"XML_CDATA_END", "]]> outside of a CDATA section"};
    case XmlError::comment:
      return {"XML_COMMENT", "-- within a comment"};
    case XmlError::processingInstruction:
      return {"XML_PROCESSING_INSTRUCTION", "a processing instruction whose target is not allowed"};
    case XmlError::textOutside:
      return {"XML_TEXT_OUTSIDE", "text outside of the root element"};
    case XmlError::secondRoot:
      return {"XML_SECOND_ROOT", "a second root element"};
    case XmlError::noRoot:
      return {"XML_NO_ROOT", "there is no element"};
    case XmlError::unclosed:
      return {"XML_UNCLOSED", "the input ends too early"};
    case XmlError::prefixUndeclared:
      return {"XML_PREFIX_UNDECLARED", "a prefix of a namespace that is not declared"};
    case XmlError::namespaceReserved:
      return {"XML_NAMESPACE", "a declaration of a namespace that is not allowed"};
    case XmlError::depthLimit:
      return {"XML_LIMIT_DEPTH", "elements are nested too deep"};
    case XmlError::nameLimit:
      return {"XML_LIMIT_NAME", "a name is too long"};
    case XmlError::attributesLimit:
      return {"XML_LIMIT_ATTRIBUTES", "a tag has too many attributes"};
    case XmlError::attributeBytesLimit:
      return {"XML_LIMIT_ATTRIBUTE_BYTES", "the attributes of a tag are too long"};
    case XmlError::namespacesLimit:
      return {"XML_LIMIT_NAMESPACES", "too many namespaces are declared"};
  }
  return {"", ""};
}

}  // namespace

const char* xmlErrorCode(XmlError error) {
  return wordsOf(error).code;
}

const char* xmlErrorText(XmlError error) {
  return wordsOf(error).text;
}

}  // namespace mm
