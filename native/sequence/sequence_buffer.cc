#include "sequence_buffer.h"

#include <algorithm>
#include <cstring>

namespace mm {

bool SequenceBuffer::create(Grant& memory, size_t sequences, size_t residueBytes, SequenceBuffer& out) {
  out.headers_ = memory.take<CompactHeader>(sequences);
  out.lengths_ = memory.take<uint32_t>(sequences);
  out.sketchBytes_ = memory.take<uint32_t>(sequences);
  out.offsets_ = memory.take<uint64_t>(sequences + 1);
  out.tried_ = memory.take<uint8_t>(sequences);
  out.residues_ = memory.take<uint8_t>(residueBytes);
  if (out.tried_.empty() || out.residues_.empty()) return false;
  out.clear();
  return true;
}

void SequenceBuffer::append(CompactHeader header, size_t payloadBytes, size_t sketchBytes, uint8_t tried) {
  headers_[count_] = header;
  sketchBytes_[count_] = static_cast<uint32_t>(sketchBytes);
  lengths_[count_] = static_cast<uint32_t>(std::min<uint64_t>(RankKey::from(header).length, UINT32_MAX));
  tried_[count_] = tried;
  offsets_[count_ + 1] = offsets_[count_] + payloadBytes + sketchBytes;
  ++count_;
}

void SequenceBuffer::keepOnly(size_t index) {
  const std::span<const uint8_t> kept = payload(index);
  std::memmove(residues_.data(), kept.data(), kept.size());
  const CompactHeader header = headers_[index];
  const uint8_t tried = tried_[index];
  clear();
  append(header, kept.size(), 0, tried);
}

void SequenceBuffer::clear() {
  count_ = 0;
  offsets_[0] = 0;
}

}  // namespace mm
