#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "names.h"
#include "scanner.h"

namespace mm {

/// Whether a name is that one, with or without a prefix.
bool isNamed(std::span<const uint8_t> name, std::string_view local);

/// The start tag of a message's root, kept whole: what to make of it is known behind it, when its window may have moved on.
class RootTag {
 public:
  static size_t memoryBytes(const XmlLimits& limits);
  bool start(Grant& memory, const XmlLimits& limits);

  void begin(TextPosition position);
  /// Keeps a token of it. False when it is none, or has no place: then isFull().
  bool take(std::span<const uint8_t> window, const Tape& tape, size_t token);
  bool isFull() const { return isFull_; }

  TextPosition position() const { return position_; }
  std::span<const uint8_t> name() const { return localName(window().subspan(tape_.offsets[0], tape_.lengths[0])); }
  /// The value of an attribute by its local name, as far as `into` has room; what is no plain text of it is left out.
  std::span<const uint8_t> attribute(std::string_view local, std::span<uint8_t> into) const;

  /// Its tokens, as a tape of this window.
  std::span<const uint8_t> window() const { return text_.first(used_); }
  const Tape& tape() const { return tape_; }

 private:
  TextPosition position_;
  std::span<uint8_t> text_;
  size_t used_ = 0;
  Tape tape_;
  bool isFull_ = false;
};

}  // namespace mm
