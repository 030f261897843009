#if defined(__aarch64__)

#include <arm_neon.h>

#include "pixel_kernels_sets.h"

// NEON is part of the AArch64 baseline: no target attribute, no check.

namespace mm {

namespace {

/// Two whole numbers as doubles.
inline void store2(double* out, uint64x2_t v) {
  vst1q_f64(out, vcvtq_f64_u64(v));
}

/// Four whole numbers as doubles.
inline void store4(double* out, uint32x4_t v) {
  store2(out, vmovl_u32(vget_low_u32(v)));
  store2(out + 2, vmovl_high_u32(v));
}

/// Four blocks at a time; vpadal adds neighbouring pairs into the wider sum, vpaddq joins the two halves in block order.
uint64_t blockSums8(RowPair rows, size_t from, size_t to, BlockSums& sums) {
  uint64_t squaredError = 0;
  size_t block = from;
  for (; block + 4 <= to; block += 4) {
    uint16x8_t sumA = vdupq_n_u16(0), sumB = vdupq_n_u16(0);
    uint32x4_t squaresLow = vdupq_n_u32(0), squaresHigh = vdupq_n_u32(0);
    uint32x4_t productsLow = vdupq_n_u32(0), productsHigh = vdupq_n_u32(0);
    for (size_t y = 0; y < 4; ++y) {
      const uint8x16_t a = vld1q_u8(rows.a + y * rows.strideBytes + 4 * block);
      const uint8x16_t b = vld1q_u8(rows.b + y * rows.strideBytes + 4 * block);
      sumA = vpadalq_u8(sumA, a);
      sumB = vpadalq_u8(sumB, b);
      squaresLow = vpadalq_u16(squaresLow, vmull_u8(vget_low_u8(a), vget_low_u8(a)));
      squaresLow = vpadalq_u16(squaresLow, vmull_u8(vget_low_u8(b), vget_low_u8(b)));
      squaresHigh = vpadalq_u16(squaresHigh, vmull_high_u8(a, a));
      squaresHigh = vpadalq_u16(squaresHigh, vmull_high_u8(b, b));
      productsLow = vpadalq_u16(productsLow, vmull_u8(vget_low_u8(a), vget_low_u8(b)));
      productsHigh = vpadalq_u16(productsHigh, vmull_high_u8(a, b));
    }
    const uint32x4_t squares = vpaddq_u32(squaresLow, squaresHigh);
    const uint32x4_t products = vpaddq_u32(productsLow, productsHigh);
    store4(sums.a + block, vpaddlq_u16(sumA));
    store4(sums.b + block, vpaddlq_u16(sumB));
    store4(sums.squares + block, squares);
    store4(sums.products + block, products);
    squaredError += vaddvq_u32(vsubq_u32(squares, vshlq_n_u32(products, 1)));
  }
  return squaredError + kScalarKernels.blockSums8(rows, block, to, sums);
}

/// Sums of the products of one row of two blocks, in block order.
inline uint64x2_t dotProducts(uint16x8_t a, uint16x8_t b) {
  const uint32x4_t low = vmull_u16(vget_low_u16(a), vget_low_u16(b)), high = vmull_high_u16(a, b);
  return vpaddq_u64(vpaddlq_u32(low), vpaddlq_u32(high));
}

/// Two blocks at a time.
uint64_t blockSums16(RowPair rows, size_t from, size_t to, BlockSums& sums) {
  uint64x2_t squaredError = vdupq_n_u64(0);
  size_t block = from;
  for (; block + 2 <= to; block += 2) {
    uint32x4_t sumA = vdupq_n_u32(0), sumB = vdupq_n_u32(0);
    uint64x2_t squares = vdupq_n_u64(0), products = vdupq_n_u64(0);
    for (size_t y = 0; y < 4; ++y) {
      const uint16x8_t a = vreinterpretq_u16_u8(vld1q_u8(rows.a + y * rows.strideBytes + 8 * block));
      const uint16x8_t b = vreinterpretq_u16_u8(vld1q_u8(rows.b + y * rows.strideBytes + 8 * block));
      sumA = vpadalq_u16(sumA, a);
      sumB = vpadalq_u16(sumB, b);
      squares = vaddq_u64(squares, vaddq_u64(dotProducts(a, a), dotProducts(b, b)));
      products = vaddq_u64(products, dotProducts(a, b));
    }
    store2(sums.a + block, vpaddlq_u32(sumA));
    store2(sums.b + block, vpaddlq_u32(sumB));
    store2(sums.squares + block, squares);
    store2(sums.products + block, products);
    squaredError = vaddq_u64(squaredError, vsubq_u64(squares, vshlq_n_u64(products, 1)));
  }
  return vaddvq_u64(squaredError) + kScalarKernels.blockSums16(rows, block, to, sums);
}

inline float64x2_t overWindows(const double* above, const double* below, size_t block) {
  return vaddq_f64(vaddq_f64(vld1q_f64(above + block), vld1q_f64(above + block + 1)),
                   vaddq_f64(vld1q_f64(below + block), vld1q_f64(below + block + 1)));
}

/// A compiler may fuse a multiplication with an addition here: what is added is exact either way, so it changes nothing.
int64_t windowScores(const BlockSums& above, const BlockSums& below, size_t from, size_t to,
                     WindowConstants constants) {
  const float64x2_t luminance = vdupq_n_f64(constants.luminance);
  const float64x2_t contrast = vdupq_n_f64(constants.contrast);
  const float64x2_t rounder = vdupq_n_f64(kScoreRounder);
  int64x2_t total = vdupq_n_s64(0);
  size_t i = from;
  for (; i + 2 <= to; i += 2) {
    const float64x2_t a = overWindows(above.a, below.a, i);
    const float64x2_t b = overWindows(above.b, below.b, i);
    const float64x2_t ab = vmulq_f64(a, b);
    const float64x2_t aabb = vaddq_f64(vmulq_f64(a, a), vmulq_f64(b, b));
    const float64x2_t variances = vsubq_f64(vmulq_n_f64(overWindows(above.squares, below.squares, i), 64), aabb);
    const float64x2_t covariance = vsubq_f64(vmulq_n_f64(overWindows(above.products, below.products, i), 64), ab);
    const float64x2_t over =
        vmulq_f64(vaddq_f64(vaddq_f64(ab, ab), luminance), vaddq_f64(vaddq_f64(covariance, covariance), contrast));
    const float64x2_t under = vmulq_f64(vaddq_f64(aabb, luminance), vaddq_f64(variances, contrast));
    const float64x2_t score = vaddq_f64(vdivq_f64(over, under), rounder);
    total = vaddq_s64(total, vsubq_s64(vreinterpretq_s64_f64(score), vreinterpretq_s64_f64(rounder)));
  }
  return vaddvq_s64(total) + kScalarKernels.windowScores(above, below, i, to, constants);
}

/// A load reads whole groups of four; the group of the last sample may end with the row, so that one is left to scalar.
uint64_t quarterDifference8(RowPair rows, size_t from, size_t to) {
  const uint8x16_t firstOfFour = vreinterpretq_u8_u32(vdupq_n_u32(0xff));
  uint64x2_t total = vdupq_n_u64(0);
  size_t i = from;
  for (; i + 4 < to; i += 4) {
    const uint8x16_t difference = vandq_u8(vabdq_u8(vld1q_u8(rows.a + 4 * i), vld1q_u8(rows.b + 4 * i)), firstOfFour);
    total = vpadalq_u32(total, vreinterpretq_u32_u8(difference));
  }
  return vaddvq_u64(total) + kScalarKernels.quarterDifference8(rows, i, to);
}

uint64_t quarterDifference16(RowPair rows, size_t from, size_t to) {
  const uint64x2_t firstOfFour = vdupq_n_u64(0xffff);
  uint64x2_t total = vdupq_n_u64(0);
  size_t i = from;
  for (; i + 2 < to; i += 2) {
    const uint16x8_t a = vreinterpretq_u16_u8(vld1q_u8(rows.a + 8 * i));
    const uint16x8_t b = vreinterpretq_u16_u8(vld1q_u8(rows.b + 8 * i));
    total = vaddq_u64(total, vandq_u64(vreinterpretq_u64_u16(vabdq_u16(a, b)), firstOfFour));
  }
  return vaddvq_u64(total) + kScalarKernels.quarterDifference16(rows, i, to);
}

}  // namespace

const PixelKernels kNeonKernels = {"neon",       blockSums8,         blockSums16,
                                   windowScores, quarterDifference8, quarterDifference16};

}  // namespace mm

#endif
