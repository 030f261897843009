#pragma once

#include <array>
#include <cstdint>

#include "fasta_scanner.h"
#include "input_windows.h"

namespace mm {

/// A pass over an input that was read before: take(piece) for each piece of a line. `windows` has started.
template <typename Take>
Outcome scanInput(InputWindows& windows, Progress& progress, std::array<uint8_t, 32>& sha256, Take&& take) {
  FastaScanner scanner;
  LinePiece piece;
  for (bool isEnd = false; !isEnd;) {
    if (progress.cancelled) return Outcome::wasCancelled();
    const std::span<const uint8_t> window = windows.next();
    isEnd = window.empty();
    if (isEnd) {
      scanner.finish();
    } else {
      scanner.feed(window);
    }
    while (scanner.next(piece)) {
      if (const Outcome taken = take(piece); !taken.ok()) return taken;
    }
    progress.done += window.size();
  }
  return windows.finish(sha256);
}

}  // namespace mm
