#include "tag_attributes.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace mm {

bool TagAttributes::start(Grant& memory, uint32_t count, uint32_t bytes) {
  attributes_ = memory.take<Attribute>(count);
  order_ = memory.take<uint32_t>(count);
  names_ = memory.take<uint8_t>(bytes);
  return !attributes_.empty() && !order_.empty() && !names_.empty();
}

XmlError TagAttributes::countBytes(size_t bytes) {
  if (bytes > names_.size() - allBytes_) return XmlError::attributeBytesLimit;
  allBytes_ += bytes;
  return XmlError::none;
}

XmlError TagAttributes::add(std::span<const uint8_t> name, size_t colon, uint64_t offset) {
  if (count_ == attributes_.size()) return XmlError::attributesLimit;
  if (const XmlError counted = countBytes(name.size()); counted != XmlError::none) return counted;
  std::memcpy(names_.data() + nameBytes_, name.data(), name.size());
  attributes_[count_++] = {nameBytes_, name.size(), colon, WindowPositions::unsettled(offset), Namespaces::kNone};
  nameBytes_ += name.size();
  return XmlError::none;
}

std::span<const uint8_t> TagAttributes::localNameOf(const Attribute& attribute) const {
  return nameOf(attribute).subspan(attribute.colon == 0 ? 0 : attribute.colon + 1);
}

XmlError TagAttributes::check(const Namespaces& namespaces, const Attribute*& wrong) {
  for (Attribute& attribute : attributes_.first(count_)) {
    if (attribute.colon == 0) continue;
    attribute.space = namespaces.find(nameOf(attribute).first(attribute.colon));
    wrong = &attribute;
    if (attribute.space == Namespaces::kUndeclared) return XmlError::prefixUndeclared;
  }
  wrong = nullptr;
  if (count_ < 2) return XmlError::none;
  const auto compare = [&](uint32_t one, uint32_t other) {
    const Attribute& a = attributes_[one];
    const Attribute& b = attributes_[other];
    if (a.space != b.space) return a.space < b.space ? -1 : 1;
    const std::span<const uint8_t> nameA = localNameOf(a);
    const std::span<const uint8_t> nameB = localNameOf(b);
    if (nameA.size() != nameB.size()) return nameA.size() < nameB.size() ? -1 : 1;
    return std::memcmp(nameA.data(), nameB.data(), nameA.size());
  };
  const std::span<uint32_t> order = order_.first(count_);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t one, uint32_t other) {
    const int difference = compare(one, other);
    return difference != 0 ? difference < 0 : one < other;
  });
  for (size_t at = 1; at < order.size(); ++at) {
    if (compare(order[at - 1], order[at]) == 0 && (wrong == nullptr || &attributes_[order[at]] < wrong)) {
      wrong = &attributes_[order[at]];
    }
  }
  return wrong == nullptr ? XmlError::none : XmlError::attributeRepeated;
}

}  // namespace mm
