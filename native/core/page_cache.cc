#include "page_cache.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mm {

bool PageCache::start(const SpillFile& file, Grant& memory) {
  file_ = &file;
  const size_t slots = CacheSlots::fitting(memory.freeBytes() - std::min<size_t>(memory.freeBytes(), 64), kPageBytes,
                                           file.byteLength() / kPageBytes + 1);
  if (slots == 0 || !slots_.start(slots, memory)) return false;
  pages_ = memory.take<uint8_t>(slots * kPageBytes);
  return !pages_.empty();
}

Outcome PageCache::page(uint64_t number, std::span<const uint8_t>& bytes) {
  const uint64_t start = number * kPageBytes;
  const size_t length = static_cast<size_t>(std::min<uint64_t>(kPageBytes, file_->byteLength() - start));
  bool isHeld = false;
  const size_t slot = slots_.find(number, isHeld);
  const std::span<uint8_t> held = pages_.subspan(slot * kPageBytes, length);
  bytes = held;
  if (isHeld) return {};
  const Outcome read = file_->read(start, held);
  if (!read.ok()) slots_.forget(slot);
  return read;
}

Outcome PageCache::read(uint64_t position, std::span<uint8_t> out) {
  if (position > file_->byteLength() || out.size() > file_->byteLength() - position) {
    return Outcome::failed({EIO, "temporary file"});
  }
  while (!out.empty()) {
    std::span<const uint8_t> bytes;
    if (const Outcome read = page(position / kPageBytes, bytes); !read.ok()) return read;
    const size_t offset = position % kPageBytes;
    const size_t count = std::min(out.size(), bytes.size() - offset);
    std::memcpy(out.data(), bytes.data() + offset, count);
    out = out.subspan(count);
    position += count;
  }
  return {};
}

}  // namespace mm
