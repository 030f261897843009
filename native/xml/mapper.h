#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "captures.h"
#include "field_table.h"
#include "tape.h"

namespace mm {

/// What is more than these is refused before it is kept.
struct MapLimits {
  uint32_t valueBytes = 1 << 20;
  /// Of one composite, the composite's own element included.
  uint64_t elements = 1'000'000;
};

enum class MapState : uint8_t {
  /// The composite goes on behind the tape.
  open,
  complete,
  tooManyElements,
  valueTooLong,
  /// The captures do not fit the memory.
  noRoom,
};

/// Maps one composite after the other: tokens of a tape become captures.
class Mapper {
 public:
  /// Room for captures is what is given to begin().
  static size_t memoryBytes(uint32_t depthLimit);
  bool start(const FieldTable& table, const MapLimits& limits, uint32_t depthLimit, Grant& memory);

  /// The next token to take is the start tag of a composite. Words and bytes are where its captures go.
  void begin(uint32_t root, TextPosition position, std::span<uint32_t> words, std::span<uint8_t> bytes);
  /// Takes tokens from the one at `from`; the number of the first that was not taken. Stops behind the composite's end tag, and at a limit.
  size_t take(std::span<const uint8_t> window, const Tape& tape, size_t from);
  MapState state() const { return state_; }
  uint64_t elements() const { return elements_; }
  /// Once complete; valid until the next begin().
  const Captures& captures() const { return captures_; }

 private:
  MapState state_ = MapState::open;
  uint64_t elements_ = 0;
  Captures captures_;
};

}  // namespace mm
