#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "varint.h"

namespace mm {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

inline uint64_t zigzag(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1 ^ (0 - (value & 1)));
}

/// Writes into a range of fixed size; what does not fit is dropped and ok() stays false from then on.
class ByteWriter {
 public:
  ByteWriter() = default;
  explicit ByteWriter(std::span<uint8_t> out) : out_(out) {}

  void byte(uint8_t value) {
    if (hasRoom(1)) out_[used_++] = value;
  }
  template <typename Number>
  void number(Number value) {
    if (!hasRoom(sizeof value)) return;
    std::memcpy(out_.data() + used_, &value, sizeof value);
    used_ += sizeof value;
  }
  void varint(uint64_t value) {
    const size_t written = ok_ ? encodeVarint(value, out_.subspan(used_)) : 0;
    used_ += written;
    ok_ = written != 0;
  }
  void bytes(std::span<const uint8_t> values) {
    if (values.empty() || !hasRoom(values.size())) return;
    std::memcpy(out_.data() + used_, values.data(), values.size());
    used_ += values.size();
  }

  bool ok() const { return ok_; }
  size_t size() const { return used_; }
  std::span<const uint8_t> written() const { return out_.first(used_); }
  std::span<uint8_t> rest() const { return out_.subspan(used_); }
  /// Counts bytes that were written into rest().
  void advance(size_t bytes) {
    if (hasRoom(bytes)) used_ += bytes;
  }
  /// Takes everything behind `size` back.
  void truncate(size_t size) { used_ = size; }

 private:
  bool hasRoom(size_t bytes) {
    if (bytes > out_.size() - used_) ok_ = false;
    return ok_;
  }

  std::span<uint8_t> out_;
  size_t used_ = 0;
  bool ok_ = true;
};

/// Reads bytes nobody vouches for. Past the end everything is 0 and ok() stays false from then on.
class ByteReader {
 public:
  ByteReader() = default;
  explicit ByteReader(std::span<const uint8_t> in) : in_(in) {}

  uint8_t byte() { return holds(1) ? in_[at_++] : 0; }
  template <typename Number>
  Number number() {
    Number value{};
    if (!holds(sizeof value)) return value;
    std::memcpy(&value, in_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  uint64_t varint() {
    if (at_ < in_.size() && in_[at_] < 0x80) return in_[at_++];
    return longVarint();
  }
  std::span<const uint8_t> bytes(uint64_t count) {
    if (!holds(count)) return {};
    at_ += static_cast<size_t>(count);
    return in_.subspan(at_ - static_cast<size_t>(count), static_cast<size_t>(count));
  }

  bool ok() const { return ok_; }
  bool atEnd() const { return ok_ && at_ == in_.size(); }
  std::span<const uint8_t> rest() const { return in_.subspan(at_); }

 private:
  bool holds(uint64_t bytes) {
    if (bytes > in_.size() - at_) ok_ = false;
    return ok_;
  }
  uint64_t longVarint() {
    uint64_t value = 0;
    const size_t read = ok_ ? decodeVarint(in_.subspan(at_), value) : 0;
    at_ += read;
    ok_ = read != 0;
    return ok_ ? value : 0;
  }

  std::span<const uint8_t> in_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace mm
