#pragma once

#include <cstring>

#include "external_sorter.h"

namespace mm {

// How records lie in a run: key, length, payload; and by which sizes a sorter divides its memory for them. For the sorter's own files.

constexpr size_t kFewestBlockBytes = size_t{16} << 10;
constexpr size_t kMostMerged = 1024;
constexpr size_t kMostHeldBytes = size_t{1} << 30;

constexpr size_t kLengthBytes = 4;
constexpr size_t kHeadBytes = sizeof(SortKey) + kLengthBytes;
/// In a length field: the payload is a DiskRange.
constexpr uint32_t kOnDisk = uint32_t{1} << 31;

struct DiskRange {
  uint64_t position;
  uint64_t byteLength;
  /// XXH64 of the payload.
  uint64_t hash;
};

template <typename T>
T load(const uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

inline size_t payloadBytes(uint32_t lengthField) {
  return lengthField & ~kOnDisk;
}

inline uint32_t lengthFieldOf(std::span<const uint8_t> stored) {
  return load<uint32_t>(stored.data() + sizeof(SortKey));
}

}  // namespace mm
