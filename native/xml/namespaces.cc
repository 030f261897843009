#include "namespaces.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "value_text.h"

namespace mm {

namespace {

constexpr std::string_view kXmlName = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view kXmlnsName = "http://www.w3.org/2000/xmlns/";
constexpr Namespaces::Id kXml = 1;
/// Of the first binding.
constexpr Namespaces::Id kFirst = 3;

std::string_view textOf(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const uint8_t> bytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

bool Namespaces::start(Grant& memory, uint32_t count, uint32_t bytes) {
  bindings_ = memory.take<Binding>(count);
  bytes_ = memory.take<uint8_t>(bytes);
  return !bindings_.empty() && !bytes_.empty();
}

bool Namespaces::isDeclaration(std::span<const uint8_t> attribute, size_t colon) {
  return textOf(colon == 0 ? attribute : attribute.first(colon)) == "xmlns";
}

size_t Namespaces::usedBytes() const {
  if (count_ == 0) return 0;
  const Binding& last = bindings_[count_ - 1];
  return last.start + last.prefixLength + last.nameLength;
}

XmlError Namespaces::begin(std::span<const uint8_t> prefix, size_t depth) {
  const size_t start = usedBytes();
  if (count_ == bindings_.size() || prefix.size() > bytes_.size() - start) return XmlError::namespacesLimit;
  bindings_[count_++] = {start, prefix.size(), 0, depth, kNone};
  std::copy(prefix.begin(), prefix.end(), bytes_.begin() + static_cast<ptrdiff_t>(start));
  return XmlError::none;
}

XmlError Namespaces::append(std::span<const uint8_t> valuePiece) {
  const size_t used = usedBytes();
  if (valuePiece.size() > bytes_.size() - used) return XmlError::namespacesLimit;
  bindings_[count_ - 1].nameLength += copyValue(valuePiece, bytes_.data() + used);
  return XmlError::none;
}

XmlError Namespaces::appendCharacter(uint32_t codePoint) {
  uint8_t bytes[4];
  const size_t length = encodeUtf8(codePoint, bytes);
  const size_t used = usedBytes();
  if (length > bytes_.size() - used) return XmlError::namespacesLimit;
  std::memcpy(bytes_.data() + used, bytes, length);
  bindings_[count_ - 1].nameLength += length;
  return XmlError::none;
}

XmlError Namespaces::finish() {
  Binding& binding = bindings_[count_ - 1];
  const std::string_view prefix = textOf(prefixOf(binding));
  const std::string_view name = textOf(nameOf(binding));
  // Section 3: xml stands for its own namespace alone, xmlns is never declared; section 5: only the default may be
  // taken back.
  const bool isReserved = prefix == "xmlns" || name == kXmlnsName || (prefix == "xml") != (name == kXmlName);
  if (isReserved || (name.empty() && !prefix.empty())) return XmlError::namespaceReserved;
  if (name.empty()) return XmlError::none;
  binding.id = prefix == "xml" ? kXml : kFirst + static_cast<Id>(count_ - 1);
  for (size_t at = 0; at + 1 < count_; ++at) {
    if (textOf(nameOf(bindings_[at])) == name) {
      binding.id = bindings_[at].id;
      break;
    }
  }
  return XmlError::none;
}

Namespaces::Id Namespaces::find(std::span<const uint8_t> prefix) const {
  const std::string_view sought = textOf(prefix);
  if (sought == "xml") return kXml;
  if (sought == "xmlns") return kXmlns;
  for (size_t at = count_; at-- > 0;) {
    if (textOf(prefixOf(bindings_[at])) == sought) return bindings_[at].id;
  }
  return sought.empty() ? kNone : kUndeclared;
}

std::span<const uint8_t> Namespaces::nameOf(Id id) const {
  if (id == kXml) return bytesOf(kXmlName);
  if (id < kFirst || id - kFirst >= count_) return {};
  return nameOf(bindings_[id - kFirst]);
}

}  // namespace mm
