#include "line_reader.h"

#include <algorithm>
#include <cstring>

#include "../core/linux/output_file.h"

namespace mm {

namespace {

/// Of a large window no more is touched than the longest line needs.
constexpr size_t kReadBytes = size_t{1} << 20;

}  // namespace

Outcome LineReader::refill() {
  std::memmove(window_.data(), window_.data() + at_, filled_ - at_);
  filled_ -= at_;
  at_ = 0;
  const size_t free = std::min(window_.size() - filled_, kReadBytes);
  const auto room = window_.subspan(filled_, std::min<uint64_t>(left_, free));
  // How long the line is nobody knows yet: twice the memory has a window twice as long.
  if (room.empty()) return Outcome::lacksMemory(kLineShare * window_.size());
  if (const Outcome read = readAt(fd_, read_, room); !read.ok()) return read;
  read_ += room.size();
  left_ -= room.size();
  filled_ += room.size();
  return {};
}

Outcome LineReader::next(std::span<const uint8_t>& line, bool& hasLine) {
  ++number_;
  position_ = read_ - (filled_ - at_);
  size_t length = 0;
  bool hasEnd = false;
  for (;;) {
    const uint8_t* held = window_.data() + at_;
    const size_t count = filled_ - at_;
    const void* end = length < count ? std::memchr(held + length, '\n', count - length) : nullptr;
    hasEnd = end != nullptr;
    length = hasEnd ? static_cast<size_t>(static_cast<const uint8_t*>(end) - held) : count;
    if (hasEnd || left_ == 0) break;
    if (const Outcome read = refill(); !read.ok()) return read;
  }
  hasLine = hasEnd || length > 0;
  line = window_.subspan(at_, length);
  at_ += length + (hasEnd ? 1 : 0);
  if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
  return {};
}

}  // namespace mm
