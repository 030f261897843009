#pragma once

#include "text_position.h"

namespace mm {

/// Positions in a window that moves over an input. Nothing is counted twice when they are asked for in ascending order.
class WindowPositions {
 public:
  /// `at` is where the first window begins.
  void start(TextPosition at) { start_ = last_ = at; }
  /// The input's first character is a mark and counts as none.
  void skipMark() { start_.column = last_.column = 0; }

  uint64_t offsetOf(size_t inWindow) const { return start_.offset + inWindow; }

  /// Of an offset in the input that lies in the window, or at its end.
  TextPosition at(std::span<const uint8_t> window, uint64_t offset) {
    if (offset < last_.offset) last_ = start_;
    const size_t from = static_cast<size_t>(last_.offset - start_.offset);
    last_ = advanced(last_, window.subspan(from, static_cast<size_t>(offset - last_.offset)));
    return last_;
  }

  /// A place of which only the offset is known: one whose line is 0.
  static TextPosition unsettled(uint64_t offset) { return {offset, 0, 0}; }
  void settle(std::span<const uint8_t> window, TextPosition& place) {
    if (place.line == 0) place = at(window, place.offset);
  }

  void drop(std::span<const uint8_t> window, size_t bytes) { start_ = at(window, start_.offset + bytes); }

 private:
  TextPosition start_;
  /// Where one was asked for last.
  TextPosition last_;
};

}  // namespace mm
