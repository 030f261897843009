// The comparison against the textbook: each window of formula 13 written out, sample by sample.

#include <algorithm>
#include <cmath>
#include <utility>

#include "../media/scene_change.h"
#include "check.h"
#include "kernels_planes.h"

namespace {

using mm::PlaneShape;
using mm_test::peakOf;
using mm_test::Plane;
using mm_test::Random;

double windowScore(const Plane& a, const Plane& b, const PlaneShape& shape, size_t left, size_t top, size_t width,
                   size_t height) {
  const double n = static_cast<double>(width * height);
  double meanA = 0, meanB = 0, varianceA = 0, varianceB = 0, covariance = 0;
  for (size_t y = top; y < top + height; ++y) {
    for (size_t x = left; x < left + width; ++x) {
      meanA += static_cast<double>(a.get(x, y)) / n;
      meanB += static_cast<double>(b.get(x, y)) / n;
    }
  }
  for (size_t y = top; y < top + height; ++y) {
    for (size_t x = left; x < left + width; ++x) {
      const double fromMeanA = static_cast<double>(a.get(x, y)) - meanA,
                   fromMeanB = static_cast<double>(b.get(x, y)) - meanB;
      varianceA += fromMeanA * fromMeanA / std::max(n - 1, 1.0);
      varianceB += fromMeanB * fromMeanB / std::max(n - 1, 1.0);
      covariance += fromMeanA * fromMeanB / std::max(n - 1, 1.0);
    }
  }
  const double peak = static_cast<double>(peakOf(shape));
  const double c1 = std::pow(0.01 * peak, 2), c2 = std::pow(0.03 * peak, 2);
  return (2 * meanA * meanB + c1) * (2 * covariance + c2) /
         ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2));
}

double textbookSsim(const Plane& a, const Plane& b, const PlaneShape& shape) {
  if (shape.width < 8 || shape.height < 8) return windowScore(a, b, shape, 0, 0, shape.width, shape.height);
  double total = 0, windows = 0;
  for (size_t y = 0; y + 8 <= shape.height; y += 4) {
    for (size_t x = 0; x + 8 <= shape.width; x += 4, ++windows) total += windowScore(a, b, shape, x, y, 8, 8);
  }
  return total / windows;
}

uint64_t textbookSquaredError(const Plane& a, const Plane& b, const PlaneShape& shape) {
  uint64_t total = 0;
  for (size_t y = 0; y < shape.height; ++y) {
    for (size_t x = 0; x < shape.width; ++x) {
      const int64_t difference = static_cast<int64_t>(a.get(x, y)) - static_cast<int64_t>(b.get(x, y));
      total += static_cast<uint64_t>(difference * difference);
    }
  }
  return total;
}

double textbookSceneChange(const Plane& a, const Plane& b, const PlaneShape& shape) {
  double total = 0, samples = 0;
  for (size_t y = 0; y < shape.height; y += 4) {
    for (size_t x = 0; x < shape.width; x += 4, ++samples) {
      total += std::fabs(static_cast<double>(a.get(x, y)) - static_cast<double>(b.get(x, y)));
    }
  }
  return total / samples * 255 / static_cast<double>(peakOf(shape));
}

/// A gradient with texture, and the same picture with noise of `amplitude`: SSIM well between 0 and 1.
void matchesTheTextbook(Random& random, size_t width, size_t height, unsigned bits, uint64_t amplitude) {
  const PlaneShape shape = random.shape(width, height, bits);
  const uint64_t peak = peakOf(shape), unit = (peak + 1) / 256;
  Plane a(shape), b(shape);
  a.fill(
      [&](size_t x, size_t y) { return std::min(peak, (x * 5 + y * 3) % 200 * unit + random.between(0, 30 * unit)); });
  b.fill([&](size_t x, size_t y) { return std::min(peak, a.get(x, y) + random.between(0, amplitude * unit)); });
  const mm::PlaneComparison actual = mm::comparePlane(mm::activeKernels(), a.data(), b.data(), shape);
  CHECK(actual.squaredError == textbookSquaredError(a, b, shape));
  // The rounded constants move a score by less than one part in 10^5.
  CHECK(std::fabs(actual.ssim - textbookSsim(a, b, shape)) < 1e-5);
  CHECK(std::fabs(mm::meanSceneChange(mm::activeKernels(), a.data(), b.data(), shape) -
                  textbookSceneChange(a, b, shape)) < 1e-9);
}

// The smallest windowed plane, and planes that are one window.
constexpr std::pair<size_t, size_t> kSmallSizes[] = {{8, 8}, {7, 9}, {9, 7}, {3, 3}, {500, 7}, {1, 1}};

}  // namespace

int main() {
  Random random;
  for (const unsigned bits : {8u, 9u, 10u, 12u, 16u}) {
    for (const uint64_t amplitude : {0u, 3u, 20u, 90u}) {
      matchesTheTextbook(random, 176, 144, bits, amplitude);
      matchesTheTextbook(random, 61, 47, bits, amplitude);
      matchesTheTextbook(random, 2101, 12, bits, amplitude);
      for (const auto& [width, height] : kSmallSizes) matchesTheTextbook(random, width, height, bits, amplitude);
    }
  }
  return checkResult();
}
