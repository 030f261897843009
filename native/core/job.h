#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "status.h"

namespace mm {

/// How a stage ended. `value` is how many bytes more (memory, disk) are enough, as far as the stage can tell, or the offset
/// in the input (malformed).
struct [[nodiscard]] Outcome {
  enum class Kind { done, cancelled, memory, disk, io, malformed };

  Kind kind = Kind::done;
  Status status;
  uint64_t value = 0;
  /// For malformed: what is wrong, a text that lives as long as the program.
  const char* what = "";

  bool ok() const { return kind == Kind::done; }
  static Outcome lacksMemory(uint64_t bytes) { return {Kind::memory, {}, bytes}; }
  static Outcome lacksDisk(uint64_t bytes) { return {Kind::disk, {}, bytes}; }
  static Outcome wasCancelled() { return {Kind::cancelled, {}}; }
  static Outcome failed(Status status) { return {Kind::io, status}; }
  static Outcome malformedAt(uint64_t offset, const char* what) { return {Kind::malformed, {}, offset, what}; }
};

/// What a running stage shows to the thread that started it, and hears from it. Only counters, never bytes of records.
struct Progress {
  std::atomic<uint64_t> done{0};
  std::atomic<uint64_t> total{0};
  std::atomic<bool> cancelled{false};
};

/// The memory of a stage: one range, handed out from its start. Nothing of a stage allocates otherwise.
class Grant {
 public:
  Grant() = default;
  explicit Grant(std::span<uint8_t> bytes) : bytes_(bytes) {}

  size_t freeBytes() const { return bytes_.size() - used_; }

  /// Room for `count` values, zeroed by nobody; empty when it does not fit. `alignment` is a power of two.
  template <typename T>
  std::span<T> take(size_t count, size_t alignment = alignof(T)) {
    const size_t address = reinterpret_cast<uintptr_t>(bytes_.data()) + used_;
    const size_t pad = (alignment - address % alignment) % alignment;
    if (pad > freeBytes() || count > (freeBytes() - pad) / sizeof(T)) return {};
    T* start = reinterpret_cast<T*>(bytes_.data() + used_ + pad);
    used_ += pad + count * sizeof(T);
    return {start, count};
  }

  /// The rest as a grant of its own, `bytes` at most.
  Grant split(size_t bytes) { return Grant(take<uint8_t>(bytes < freeBytes() ? bytes : freeBytes(), 1)); }

 private:
  std::span<uint8_t> bytes_;
  size_t used_ = 0;
};

}  // namespace mm
