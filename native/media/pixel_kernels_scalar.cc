#include <bit>

#include "pixel_kernels_sets.h"
#include "sample.h"

namespace mm {

namespace {

template <typename Sample>
uint64_t blockSums(RowPair rows, size_t from, size_t to, BlockSums& sums) {
  uint64_t squaredError = 0;
  for (size_t block = from; block < to; ++block) {
    uint64_t sumA = 0, sumB = 0, squares = 0, products = 0;
    for (size_t y = 0; y < 4; ++y) {
      for (size_t x = 4 * block; x < 4 * block + 4; ++x) {
        const uint64_t a = loadSample<Sample>(rows.a + y * rows.strideBytes, x);
        const uint64_t b = loadSample<Sample>(rows.b + y * rows.strideBytes, x);
        sumA += a;
        sumB += b;
        squares += a * a + b * b;
        products += a * b;
      }
    }
    sums.a[block] = static_cast<double>(sumA);
    sums.b[block] = static_cast<double>(sumB);
    sums.squares[block] = static_cast<double>(squares);
    sums.products[block] = static_cast<double>(products);
    squaredError += squares - 2 * products;
  }
  return squaredError;
}

double overWindow(const double* above, const double* below, size_t block) {
  return above[block] + above[block + 1] + below[block] + below[block + 1];
}

int64_t windowScores(const BlockSums& above, const BlockSums& below, size_t from, size_t to,
                     WindowConstants constants) {
  uint64_t total = 0;
  for (size_t i = from; i < to; ++i) {
    const double a = overWindow(above.a, below.a, i);
    const double b = overWindow(above.b, below.b, i);
    const double ab = a * b;
    const double aabb = a * a + b * b;
    const double variances = 64 * overWindow(above.squares, below.squares, i) - aabb;
    const double covariance = 64 * overWindow(above.products, below.products, i) - ab;
    const double score = ((2 * ab + constants.luminance) * (2 * covariance + constants.contrast)) /
                         ((aabb + constants.luminance) * (variances + constants.contrast));
    total += std::bit_cast<uint64_t>(score + kScoreRounder) - std::bit_cast<uint64_t>(kScoreRounder);
  }
  return static_cast<int64_t>(total);
}

template <typename Sample>
uint64_t quarterDifference(RowPair rows, size_t from, size_t to) {
  uint64_t total = 0;
  for (size_t i = from; i < to; ++i) {
    const uint64_t a = loadSample<Sample>(rows.a, 4 * i);
    const uint64_t b = loadSample<Sample>(rows.b, 4 * i);
    total += a > b ? a - b : b - a;
  }
  return total;
}

}  // namespace

const PixelKernels kScalarKernels = {
    "scalar",     blockSums<uint8_t>,         blockSums<uint16_t>,
    windowScores, quarterDifference<uint8_t>, quarterDifference<uint16_t>,
};

}  // namespace mm
