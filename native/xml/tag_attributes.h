#pragma once

#include "namespaces.h"
#include "window_positions.h"

namespace mm {

/// The attributes of the tag that is being read.
class TagAttributes {
 public:
  struct Attribute {
    size_t nameStart;
    size_t nameLength;
    /// Where its name has one, 0 for none.
    size_t colon;
    TextPosition position;
    Namespaces::Id space;
  };

  static size_t memoryBytes(uint32_t count, uint32_t bytes) {
    return size_t{count} * (sizeof(Attribute) + sizeof(uint32_t)) + bytes + alignof(Attribute);
  }
  bool start(Grant& memory, uint32_t count, uint32_t bytes);

  void clear() { count_ = nameBytes_ = allBytes_ = 0; }
  bool isEmpty() const { return count_ == 0; }

  XmlError add(std::span<const uint8_t> name, size_t colon, uint64_t offset);
  /// Of values, as they stand.
  XmlError countBytes(size_t bytes);

  /// At the tag's end: that prefixes are declared, and that no two are equal by namespace and local name. n log n.
  /// `wrong` is the first that is not, or the later one of two.
  XmlError check(const Namespaces& namespaces, const Attribute*& wrong);

  std::span<const uint8_t> nameOf(const Attribute& attribute) const {
    return {names_.data() + attribute.nameStart, attribute.nameLength};
  }
  void settle(WindowPositions& positions, std::span<const uint8_t> window) {
    for (Attribute& attribute : attributes_.first(count_)) positions.settle(window, attribute.position);
  }

 private:
  std::span<const uint8_t> localNameOf(const Attribute& attribute) const;

  std::span<Attribute> attributes_;
  std::span<uint32_t> order_;
  std::span<uint8_t> names_;
  size_t count_ = 0;
  size_t nameBytes_ = 0;
  size_t allBytes_ = 0;
};

}  // namespace mm
