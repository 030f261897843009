// No numbers, however large, make a plane that reaches past its slot look safe.

#include <cstdint>

#include "../media/plane_range.h"
#include "check.h"

namespace {

bool isSafe(size_t offsetBytes, size_t strideBytes, size_t width, size_t height, unsigned bits, size_t slotBytes) {
  return mm::planeFault({offsetBytes, {strideBytes, width, height, bits}}, slotBytes).empty();
}

}  // namespace

int main() {
  const size_t huge = (size_t{1} << 53) - 1;
  CHECK(isSafe(0, 10, 10, 10, 8, 100));
  CHECK(isSafe(0, 16, 10, 6, 8, 90));
  CHECK(!isSafe(0, 16, 10, 6, 8, 89));
  CHECK(isSafe(10, 20, 10, 4, 16, 90));
  CHECK(!isSafe(11, 20, 10, 4, 16, 90));
  CHECK(isSafe(99, 1, 1, 1, 8, 100));
  CHECK(!isSafe(100, 1, 1, 1, 8, 100));
  CHECK(!isSafe(101, 1, 1, 1, 8, 100));

  CHECK(!isSafe(0, 9, 10, 1, 8, 100));
  CHECK(!isSafe(0, 19, 10, 1, 9, 100));
  CHECK(!isSafe(0, 0, 0, 10, 8, 100));
  CHECK(!isSafe(0, 10, 10, 0, 8, 100));

  CHECK(!isSafe(huge, huge, huge, huge, 16, 100));
  CHECK(!isSafe(huge, 10, 10, 10, 8, 100));
  CHECK(!isSafe(0, huge, 10, 2, 8, 100));
  CHECK(isSafe(0, huge, 10, 1, 8, 100));
  // 2^33 rows of 2^31 bytes wrap to 0 in 64 bits.
  CHECK(!isSafe(0, size_t{1} << 31, 1, (size_t{1} << 33) + 1, 8, 100));
  CHECK(!isSafe(0, SIZE_MAX, 1, SIZE_MAX, 8, 100));
  return checkResult();
}
