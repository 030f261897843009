#include "residue_window.h"

#include <algorithm>

#include "assignment.h"

namespace mm {

void ResidueWindow::open(const PackedResidues& residues, bool isReverse) {
  residues_ = residues;
  isReverse_ = isReverse;
  start_ = end_ = 0;
}

/// Residues from a position of the forward strand on.
void ResidueWindow::unpack(uint64_t start, std::span<uint8_t> out) const {
  while (!out.empty()) {
    const uint64_t at = start % residues_.length;
    const size_t count = static_cast<size_t>(std::min<uint64_t>(out.size(), residues_.length - at));
    unpackResidues(residues_, at, out.first(count));
    out = out.subspan(count);
    start += count;
  }
}

std::span<const uint8_t> ResidueWindow::view(uint64_t start, uint64_t end, uint64_t least, uint64_t most) {
  const std::span<uint8_t> place = (isReverse_ ? turned_ : buffer_).subspan(kPadBytes, capacity());
  if (start < start_ || end > end_) {
    const uint64_t spare = capacity() - (end - start);
    // Alignments go from left to right: most of what is spare is for what follows.
    end_ = std::max(end, std::min(most, end + spare - spare / 8));
    start_ = std::min(start, std::max(least, end_ > capacity() ? end_ - capacity() : 0));
    const std::span<uint8_t> loaded = buffer_.subspan(kPadBytes, end_ - start_);
    if (isReverse_) {
      unpack(kTurns * residues_.length - end_, loaded);
      reverseComplement(loaded, residues_.hasU, place.first(loaded.size()));
    } else {
      unpack(start_, loaded);
    }
  }
  return place.subspan(start - start_, end - start);
}

}  // namespace mm
