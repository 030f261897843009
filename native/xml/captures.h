#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "text_position.h"

namespace mm {

/// What mapping a composite leaves: objects and values in the order of the document, found by owner and slot. Both spans are free of addresses, so
/// that a composite is kept by copying them.
///
/// An object is kObjectWords words and then one word for each slot of its shape: 0, or the last of a ring of what was captured for the slot. A value is
/// kValueWords words. The first word of both is the next in the ring. The root object is at word 0, which no ring holds.
struct Captures {
  static constexpr size_t kObjectWords = 2;
  static constexpr size_t kValueWords = 3;

  std::span<const uint32_t> words;
  /// The values, in UTF-8, references resolved and line ends normalised.
  std::span<const uint8_t> bytes;
  /// Of the composite's start tag.
  TextPosition position;

  size_t byteLength() const { return words.size_bytes() + bytes.size(); }
};

/// One of the objects of Captures; a copy is cheap. Slots are those of its shape.
class CapturedObject {
 public:
  /// None: nothing is captured for any slot.
  CapturedObject() = default;
  CapturedObject(const Captures& captures, uint32_t at) : captures_(&captures), at_(at) {}
  static CapturedObject rootOf(const Captures& captures) { return {captures, 0}; }

  bool isThere() const { return captures_ != nullptr; }
  const Captures& captures() const { return *captures_; }
  uint32_t shape() const { return captures_->words[at_ + 1]; }

  /// A slot that is UINT32_MAX holds nothing. For `for (uint32_t item = first(slot); item != 0; item = after(slot, item))`, in the order of the document.
  uint32_t first(uint32_t slot) const {
    const uint32_t last = lastOf(slot);
    return last == 0 ? 0 : captures_->words[last];
  }
  uint32_t after(uint32_t slot, uint32_t item) const { return item == lastOf(slot) ? 0 : captures_->words[item]; }
  bool hasMany(uint32_t slot) const { return lastOf(slot) != first(slot); }

  /// An item of a slot of objects.
  CapturedObject object(uint32_t item) const { return item == 0 ? CapturedObject() : CapturedObject(*captures_, item); }
  /// An item of a slot of values.
  std::span<const uint8_t> value(uint32_t item) const {
    return captures_->bytes.subspan(captures_->words[item + 1], captures_->words[item + 2]);
  }

 private:
  uint32_t lastOf(uint32_t slot) const {
    return captures_ == nullptr || slot == UINT32_MAX ? 0 : captures_->words[at_ + Captures::kObjectWords + slot];
  }

  const Captures* captures_ = nullptr;
  uint32_t at_ = 0;
};

}  // namespace mm
