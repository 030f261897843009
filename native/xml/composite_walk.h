#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "mapper.h"

namespace mm {

/// How large composites are at most, each figure for itself.
struct CompositeSize {
  uint64_t bytes = 0;
  uint64_t elements = 0;
  uint64_t attributes = 0;

  void add(const CompositeSize& other) {
    bytes = std::max(bytes, other.bytes);
    elements = std::max(elements, other.elements);
    attributes = std::max(attributes, other.attributes);
  }
};

/// Goes over the tokens of one composite: what it is referred to by, and how much of it there is.
class CompositeWalk {
 public:
  /// References that are longer lead nowhere.
  static constexpr size_t kMostReferenceBytes = 1024;

  /// The next token to take is the composite's start tag. `referenceName`: of the children that hold what it is referred to by; empty when it is not.
  void begin(std::span<const uint8_t> referenceName, const MapLimits& limits);

  /// Why take() came back: at the tape's end, behind a reference, behind the end tag, before a start tag that is one too many, within a text that is too long.
  enum class Stop : uint8_t { tapeEnd, reference, end, tooManyElements, valueTooLong };
  /// Takes tokens from the one at `from`; the number of the first that was not taken.
  size_t take(std::span<const uint8_t> window, const Tape& tape, size_t from);
  Stop stop() const { return stop_; }
  /// Behind a reference: its text. Valid until the next take().
  std::span<const uint8_t> reference() const { return {reference_, referenceBytes_}; }

  uint64_t elements() const { return elements_; }
  uint64_t attributes() const { return attributes_; }
  /// Open elements at most, its own included.
  uint32_t maxDepth() const { return maxDepth_; }

 private:
  void beginChild(std::span<const uint8_t> name);
  void append(std::span<const uint8_t> window, TokenKind kind, uint32_t offset, uint32_t length);

  std::span<const uint8_t> referenceName_;
  MapLimits limits_;
  /// Between two tags.
  uint64_t textBytes_ = 0;
  Stop stop_ = Stop::tapeEnd;
  uint64_t elements_ = 0;
  uint64_t attributes_ = 0;
  uint32_t depth_ = 0;
  uint32_t maxDepth_ = 0;
  bool isInReference_ = false;
  bool isTooLong_ = false;
  size_t referenceBytes_ = 0;
  uint8_t reference_[kMostReferenceBytes];
};

}  // namespace mm
