// Every instruction set this processor can run gives exactly the scalar twin's result and reads no byte beside a picture.

#include <cstdio>

#include "../media/scene_change.h"
#include "check.h"
#include "kernels_planes.h"

namespace {

using mm::PixelKernels;
using mm::PlaneShape;
using mm_test::peakOf;
using mm_test::Plane;
using mm_test::Random;

const PixelKernels& scalar() {
  return *mm::usableKernels().back();
}

void checkTwins(const Plane& a, const Plane& b, const PlaneShape& shape) {
  const mm::PlaneComparison expected = mm::comparePlane(scalar(), a.data(), b.data(), shape);
  const double expectedScene = mm::meanSceneChange(scalar(), a.data(), b.data(), shape);
  for (const PixelKernels* kernels : mm::usableKernels()) {
    const mm::PlaneComparison actual = mm::comparePlane(*kernels, a.data(), b.data(), shape);
    const bool equal = CHECK(actual.squaredError == expected.squaredError) && CHECK(actual.ssim == expected.ssim) &&
                       CHECK(mm::meanSceneChange(*kernels, a.data(), b.data(), shape) == expectedScene);
    if (!equal) {
      std::fprintf(stderr, "  %s, %zu x %zu, stride %zu, %u bits\n", kernels->name, shape.width, shape.height,
                   shape.strideBytes, shape.bitsPerSample);
    }
  }
}

void twinsAgree(Random& random, size_t width, size_t height, unsigned bits) {
  const PlaneShape shape = random.shape(width, height, bits);
  const uint64_t peak = peakOf(shape);
  Plane a(shape), b(shape);
  const auto noise = [&](size_t, size_t) { return random.between(0, peak); };
  a.fill(noise);
  b.fill(noise);
  checkTwins(a, b, shape);
  b.fill([&](size_t x, size_t y) { return a.get(x, y) ^ (random.between(0, 15) == 0 ? 1 : 0); });
  checkTwins(a, b, shape);
}

void twinsAgreeOnExtremes(const PlaneShape& shape) {
  const uint64_t peak = peakOf(shape);
  Plane black(shape), white(shape), checkers(shape);
  black.fill([](size_t, size_t) { return uint64_t{0}; });
  white.fill([&](size_t, size_t) { return peak; });
  checkers.fill([&](size_t x, size_t y) { return (x + y) % 2 == 0 ? peak : 0; });
  for (const Plane* a : {&black, &white, &checkers}) {
    for (const Plane* b : {&black, &white, &checkers}) checkTwins(*a, *b, shape);
  }
  const uint64_t samples = shape.width * shape.height;
  CHECK(mm::comparePlane(scalar(), black.data(), white.data(), shape).squaredError == samples * peak * peak);
  CHECK(mm::comparePlane(scalar(), white.data(), white.data(), shape).ssim == 1.0);
}

/// Samples above the stated depth must not overflow a set that counts on the depth.
void twinsAgreeAboveTheDepth(Random& random) {
  const PlaneShape shape = random.shape(77, 21, 10);
  Plane a(shape), b(shape);
  a.fill([](size_t, size_t) { return uint64_t{0xffff}; });
  b.fill([&](size_t, size_t) { return random.between(0, 0xffff); });
  checkTwins(a, b, shape);
}

}  // namespace

int main() {
  Random random;
  for (const unsigned bits : {8u, 10u, 16u}) {
    for (size_t width = 1; width <= 70; ++width) twinsAgree(random, width, random.between(1, 20), bits);
    for (int round = 0; round < 40; ++round) twinsAgree(random, random.between(1, 400), random.between(1, 40), bits);
    const size_t tile = 4 * mm::kTileBlocks;
    for (size_t width = tile - 9; width <= tile + 9; ++width) twinsAgree(random, width, 9, bits);
    twinsAgree(random, 3 * tile + 5, 13, bits);
    for (const size_t width : {size_t{3}, size_t{16}, size_t{33}, tile + 3})
      twinsAgreeOnExtremes(random.shape(width, 11, bits));
  }
  twinsAgreeAboveTheDepth(random);
  std::printf("sets: ");
  for (const PixelKernels* kernels : mm::usableKernels()) std::printf("%s ", kernels->name);
  std::printf("\n");
  mm::forceScalar(true);
  CHECK(&mm::activeKernels() == &scalar());
  mm::forceScalar(false);
  CHECK(&mm::activeKernels() == mm::usableKernels().front());
  return checkResult();
}
