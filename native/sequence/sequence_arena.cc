#include "sequence_arena.h"

#include <algorithm>

namespace mm {

size_t SequenceArena::bytesFor(size_t length) const {
  if (length <= kChunkBytes - used_) return 0;
  if (length <= kChunkBytes) return kChunkBytes;
  return (length + RoundRoom::kAlignment - 1) / RoundRoom::kAlignment * RoundRoom::kAlignment;
}

bool SequenceArena::add(std::span<const uint8_t> bytes, ArenaRef& ref) {
  const size_t needed = bytesFor(bytes.size());
  if (needed != 0) {
    if (count_ == chunks_.size()) return false;
    uint8_t* chunk = room_->takeHigh(needed);
    if (chunk == nullptr) return false;
    chunks_[count_++] = chunk;
  }
  if (bytes.size() > kChunkBytes) {
    ref = {count_ - 1, 0, bytes.size()};
  } else {
    if (needed != 0) {
      open_ = count_ - 1;
      used_ = 0;
    }
    ref = {open_, static_cast<uint32_t>(used_), bytes.size()};
    used_ += bytes.size();
  }
  std::copy(bytes.begin(), bytes.end(), chunks_[ref.chunk] + ref.offset);
  return true;
}

void SequenceArena::clear() {
  count_ = 0;
  open_ = 0;
  used_ = kChunkBytes;
}

}  // namespace mm
