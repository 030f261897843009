#include "xml_declaration.h"

#include <algorithm>
#include <string_view>

#include "byte_runs.h"

namespace mm {

namespace {

bool takeSpace(std::string_view& text) {
  const bool has = text.starts_with(' ');
  if (has) text.remove_prefix(1);
  return has;
}

/// Of `name = "value"`, with white space before it; empty when it is not there.
std::string_view takeValue(std::string_view& text, std::string_view name) {
  std::string_view rest = text;
  if (!takeSpace(rest) || !rest.starts_with(name)) return {};
  rest.remove_prefix(name.size());
  takeSpace(rest);
  if (!rest.starts_with('=')) return {};
  rest.remove_prefix(1);
  takeSpace(rest);
  if (!rest.starts_with('"') && !rest.starts_with('\'')) return {};
  const size_t end = rest.find(rest[0], 1);
  if (end == std::string_view::npos) return {};
  text = rest.substr(end + 1);
  return rest.substr(1, end - 1);
}

bool isDigit(char character) {
  return character >= '0' && character <= '9';
}

bool isVersion(std::string_view value) {
  return value.size() > 2 && value.starts_with("1.") && std::all_of(value.begin() + 2, value.end(), isDigit);
}

bool isEncodingName(std::string_view value) {
  const auto isLetter = [](char character) {
    return character != '_' && isAsciiNameStart(static_cast<uint8_t>(character));
  };
  return !value.empty() && isLetter(value[0]) && std::all_of(value.begin(), value.end(), [](char character) {
    return isAsciiNameByte(static_cast<uint8_t>(character));
  });
}

bool isUtf8(std::string_view value) {
  return std::equal(value.begin(), value.end(), std::string_view("utf-8").begin(), std::string_view("utf-8").end(),
                    [](char one, char other) { return (one >= 'A' && one <= 'Z' ? one | 0x20 : one) == other; });
}

}  // namespace

bool XmlDeclaration::append(uint8_t byte) {
  const bool isSpace = isXmlSpace(byte);
  if (isSpace && count_ > 0 && text_[count_ - 1] == ' ') return true;
  if (count_ == text_.size()) return false;
  text_[count_++] = isSpace ? ' ' : static_cast<char>(byte);
  return true;
}

XmlError XmlDeclaration::check() const {
  std::string_view rest(text_.data(), count_);
  if (!isVersion(takeValue(rest, "version"))) return XmlError::declaration;
  const std::string_view encoding = takeValue(rest, "encoding");
  if (encoding.data() != nullptr && !isEncodingName(encoding)) return XmlError::declaration;
  const std::string_view standalone = takeValue(rest, "standalone");
  if (standalone.data() != nullptr && standalone != "yes" && standalone != "no") return XmlError::declaration;
  takeSpace(rest);
  if (!rest.empty()) return XmlError::declaration;
  return encoding.data() == nullptr || isUtf8(encoding) ? XmlError::none : XmlError::encoding;
}

}  // namespace mm
