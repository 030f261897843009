#pragma once

#include "../core/job.h"
#include "xml_error.h"

namespace mm {

/// The namespaces that are declared for the open elements: which name a prefix stands for (Namespaces in XML 1.0).
class Namespaces {
 public:
  /// Stands for a namespace while it is in scope; equal where the names of namespaces are.
  using Id = uint32_t;
  static constexpr Id kNone = 0;
  /// Of the prefix xmlns.
  static constexpr Id kXmlns = 2;
  static constexpr Id kUndeclared = ~Id{0};

  static size_t memoryBytes(uint32_t count, uint32_t bytes) {
    return size_t{count} * sizeof(Binding) + bytes + alignof(Binding);
  }
  bool start(Grant& memory, uint32_t count, uint32_t bytes);

  void clear() { count_ = 0; }
  /// Whether an attribute declares one: xmlns, or xmlns:prefix.
  static bool isDeclaration(std::span<const uint8_t> attribute, size_t colon);

  /// A declaration of an element at this depth: its prefix, its value piece by piece, its end.
  XmlError begin(std::span<const uint8_t> prefix, size_t depth);
  XmlError append(std::span<const uint8_t> valuePiece);
  XmlError appendCharacter(uint32_t codePoint);
  XmlError finish();
  /// What elements at this depth and deeper ones declared is no more.
  void leave(size_t depth) {
    while (count_ > 0 && bindings_[count_ - 1].depth >= depth) --count_;
  }

  /// An empty prefix is that of names without one.
  Id find(std::span<const uint8_t> prefix) const;
  std::span<const uint8_t> nameOf(Id id) const;

 private:
  struct Binding {
    size_t start;
    size_t prefixLength;
    size_t nameLength;
    size_t depth;
    Id id;
  };

  std::span<const uint8_t> prefixOf(const Binding& binding) const {
    return {bytes_.data() + binding.start, binding.prefixLength};
  }
  std::span<const uint8_t> nameOf(const Binding& binding) const {
    return {bytes_.data() + binding.start + binding.prefixLength, binding.nameLength};
  }
  size_t usedBytes() const;

  std::span<Binding> bindings_;
  /// Prefix and name of each, one behind the other.
  std::span<uint8_t> bytes_;
  size_t count_ = 0;
};

}  // namespace mm
