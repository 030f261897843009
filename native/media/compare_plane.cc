#include "compare_plane.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pixel_kernels_sets.h"
#include "sample.h"

namespace mm {

namespace {

constexpr double kLuminance = 0.01, kContrast = 0.03;

double square(double value) {
  return value * value;
}

double peakOf(const PlaneShape& shape) {
  return static_cast<double>((1u << shape.bitsPerSample) - 1);
}

WindowConstants windowConstants(const PlaneShape& shape) {
  const double peak = peakOf(shape);
  return {std::round(square(kLuminance * peak) * 64 * 64), std::round(square(kContrast * peak) * 64 * 63)};
}

/// Plain sums over a rectangle of samples.
struct RegionSums {
  uint64_t a = 0, b = 0, squares = 0, products = 0;

  uint64_t squaredError() const { return squares - 2 * products; }
};

template <typename Sample>
RegionSums sumRegion(RowPair rows, size_t left, size_t right, size_t height) {
  RegionSums sums;
  for (size_t y = 0; y < height; ++y) {
    for (size_t x = left; x < right; ++x) {
      const uint64_t a = loadSample<Sample>(rows.a + y * rows.strideBytes, x);
      const uint64_t b = loadSample<Sample>(rows.b + y * rows.strideBytes, x);
      sums.a += a;
      sums.b += b;
      sums.squares += a * a + b * b;
      sums.products += a * b;
    }
  }
  return sums;
}

RegionSums sumRegion(RowPair rows, const PlaneShape& shape, size_t left, size_t right, size_t height) {
  return shape.sampleBytes() == 1 ? sumRegion<uint8_t>(rows, left, right, height)
                                  : sumRegion<uint16_t>(rows, left, right, height);
}

/// A plane too small for an 8x8 window: one window of all its samples.
PlaneComparison compareSmallPlane(RowPair rows, const PlaneShape& shape) {
  const RegionSums sums = sumRegion(rows, shape, 0, shape.width, shape.height);
  const double samples = static_cast<double>(shape.width) * static_cast<double>(shape.height);
  const double meanA = static_cast<double>(sums.a) / samples, meanB = static_cast<double>(sums.b) / samples;
  const double freedom = std::max(samples - 1, 1.0);
  const double variances = (static_cast<double>(sums.squares) - samples * (square(meanA) + square(meanB))) / freedom;
  const double covariance = (static_cast<double>(sums.products) - samples * meanA * meanB) / freedom;
  const double luminance = square(kLuminance * peakOf(shape)), contrast = square(kContrast * peakOf(shape));
  const double ssim = ((2 * meanA * meanB + luminance) * (2 * covariance + contrast)) /
                      ((square(meanA) + square(meanB) + luminance) * (variances + contrast));
  return {sums.squaredError(), sums.squaredError() == 0 ? 1.0 : ssim};
}

RowPair rowsAt(RowPair rows, size_t y, size_t offsetBytes) {
  return {rows.a + y * rows.strideBytes + offsetBytes, rows.b + y * rows.strideBytes + offsetBytes, rows.strideBytes};
}

struct TileComparison {
  uint64_t squaredError = 0;
  int64_t scores = 0;
};

/// `blocks` columns of 4x4 blocks, top to bottom. `hasNext`: another tile follows, and its first column of blocks is the right
/// half of this tile's last windows.
TileComparison compareTile(const PixelKernels& kernels, RowPair tile, const PlaneShape& shape, size_t blocks,
                           bool hasNext) {
  const bool isByte = shape.sampleBytes() == 1;
  const auto blockSums = isByte ? kernels.blockSums8 : kernels.blockSums16;
  const auto borderSums = isByte ? kScalarKernels.blockSums8 : kScalarKernels.blockSums16;
  const WindowConstants constants = windowConstants(shape);
  BlockSums first, second;
  BlockSums* above = &first;
  BlockSums* below = &second;
  TileComparison result;
  for (size_t row = 0; row < shape.height / 4; ++row) {
    const RowPair rows = rowsAt(tile, 4 * row, 0);
    result.squaredError += blockSums(rows, 0, blocks, *below);
    if (hasNext) borderSums(rows, blocks, blocks + 1, *below);
    if (row > 0) result.scores += kernels.windowScores(*above, *below, 0, hasNext ? blocks : blocks - 1, constants);
    std::swap(above, below);
  }
  return result;
}

}  // namespace

PlaneComparison comparePlane(const PixelKernels& kernels, const uint8_t* a, const uint8_t* b, const PlaneShape& shape) {
  const RowPair plane{a, b, shape.strideBytes};
  if (shape.width < 8 || shape.height < 8) return compareSmallPlane(plane, shape);
  const size_t blocks = shape.width / 4, blockRows = shape.height / 4;
  uint64_t squaredError = 0;
  int64_t scores = 0;
  for (size_t done = 0; done < blocks;) {
    const size_t left = blocks - done;
    const bool hasNext = left > kTileBlocks;
    const size_t tileBlocks = hasNext ? kTileBlocks : left;
    const RowPair tile = rowsAt(plane, 0, 4 * done * shape.sampleBytes());
    const TileComparison compared = compareTile(kernels, tile, shape, tileBlocks, hasNext);
    squaredError += compared.squaredError;
    scores += compared.scores;
    done += tileBlocks;
  }
  squaredError += sumRegion(plane, shape, 4 * blocks, shape.width, 4 * blockRows).squaredError();
  for (size_t y = 4 * blockRows; y < shape.height; ++y) {
    squaredError += sumRegion(rowsAt(plane, y, 0), shape, 0, shape.width, 1).squaredError();
  }
  const double windows = static_cast<double>(blocks - 1) * static_cast<double>(blockRows - 1);
  return {squaredError, std::ldexp(static_cast<double>(scores), -kScoreFractionBits) / windows};
}

}  // namespace mm
