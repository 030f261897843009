#pragma once

#include <cstddef>
#include <cstdint>

namespace mm {

/// XXH64 with seed 0 (xxHash specification 0.1.1, "XXH64 algorithm description"). `bytes` may be null when length is 0.
uint64_t xxh64(const uint8_t* bytes, size_t length);

}  // namespace mm
