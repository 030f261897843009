#include "pixel_kernels.h"

#include <array>
#include <atomic>

#include "pixel_kernels_sets.h"

namespace mm {

namespace {

struct UsableSets {
  std::array<const PixelKernels*, 3> sets{};
  size_t count = 0;

  UsableSets() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) sets[count++] = &kAvx2Kernels;
    sets[count++] = &kSse2Kernels;
#elif defined(__aarch64__)
    sets[count++] = &kNeonKernels;
#endif
    sets[count++] = &kScalarKernels;
  }
};

std::atomic<bool> scalarForced{false};

}  // namespace

std::span<const PixelKernels* const> usableKernels() {
  static const UsableSets usable;
  return {usable.sets.data(), usable.count};
}

const PixelKernels& activeKernels() {
  return scalarForced.load(std::memory_order_relaxed) ? kScalarKernels : *usableKernels().front();
}

void forceScalar(bool scalar) {
  scalarForced.store(scalar, std::memory_order_relaxed);
}

}  // namespace mm
