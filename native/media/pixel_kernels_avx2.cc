#if defined(__x86_64__)

#include <immintrin.h>

#include "pixel_kernels_sets.h"

// Only functions marked so may run AVX2; the rest of the addon stays at the x86-64 baseline.
#define MM_AVX2 __attribute__((target("avx2")))

namespace mm {

namespace {

MM_AVX2 inline __m256i load(const uint8_t* bytes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
}

MM_AVX2 inline uint64_t sumOf64(__m256i v) {
  const __m128i half = _mm_add_epi64(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  return static_cast<uint64_t>(_mm_cvtsi128_si64(half)) + static_cast<uint64_t>(_mm_extract_epi64(half, 1));
}

/// Eight whole numbers below 2^31 as doubles.
MM_AVX2 inline void store8(double* out, __m256i v) {
  _mm256_storeu_pd(out, _mm256_cvtepi32_pd(_mm256_castsi256_si128(v)));
  _mm256_storeu_pd(out + 4, _mm256_cvtepi32_pd(_mm256_extracti128_si256(v, 1)));
}

/// Four whole numbers below 2^52 as doubles: they become the mantissa of 2^52 + v.
MM_AVX2 inline void store4(double* out, __m256i v) {
  const __m256d power52 = _mm256_set1_pd(0x1p52);
  _mm256_storeu_pd(out, _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(v, _mm256_castpd_si256(power52))), power52));
}

/// Eight blocks at a time. Byte sums go through maddubs (pairs, at most 2040 over four rows), products through madd on
/// samples widened to 16 bits; hadd of the two unpacked halves restores the order of the blocks.
MM_AVX2 uint64_t blockSums8(RowPair rows, size_t from, size_t to, BlockSums& sums) {
  const __m256i zero = _mm256_setzero_si256();
  const __m256i ones8 = _mm256_set1_epi8(1);
  const __m256i ones16 = _mm256_set1_epi16(1);
  __m256i squaredError = zero;  // at most 16 * 255^2 a lane and round, 32 rounds a tile: below 2^26
  size_t block = from;
  for (; block + 8 <= to; block += 8) {
    __m256i sumA = zero, sumB = zero, squaresLow = zero, squaresHigh = zero, productsLow = zero, productsHigh = zero;
    for (size_t y = 0; y < 4; ++y) {
      const __m256i a = load(rows.a + y * rows.strideBytes + 4 * block);
      const __m256i b = load(rows.b + y * rows.strideBytes + 4 * block);
      sumA = _mm256_add_epi16(sumA, _mm256_maddubs_epi16(a, ones8));
      sumB = _mm256_add_epi16(sumB, _mm256_maddubs_epi16(b, ones8));
      const __m256i aLow = _mm256_unpacklo_epi8(a, zero), aHigh = _mm256_unpackhi_epi8(a, zero);
      const __m256i bLow = _mm256_unpacklo_epi8(b, zero), bHigh = _mm256_unpackhi_epi8(b, zero);
      squaresLow =
          _mm256_add_epi32(squaresLow, _mm256_add_epi32(_mm256_madd_epi16(aLow, aLow), _mm256_madd_epi16(bLow, bLow)));
      squaresHigh = _mm256_add_epi32(
          squaresHigh, _mm256_add_epi32(_mm256_madd_epi16(aHigh, aHigh), _mm256_madd_epi16(bHigh, bHigh)));
      productsLow = _mm256_add_epi32(productsLow, _mm256_madd_epi16(aLow, bLow));
      productsHigh = _mm256_add_epi32(productsHigh, _mm256_madd_epi16(aHigh, bHigh));
    }
    const __m256i squares = _mm256_hadd_epi32(squaresLow, squaresHigh);
    const __m256i products = _mm256_hadd_epi32(productsLow, productsHigh);
    store8(sums.a + block, _mm256_madd_epi16(sumA, ones16));
    store8(sums.b + block, _mm256_madd_epi16(sumB, ones16));
    store8(sums.squares + block, squares);
    store8(sums.products + block, products);
    squaredError = _mm256_add_epi32(squaredError, _mm256_sub_epi32(squares, _mm256_slli_epi32(products, 1)));
  }
  const __m256i low = _mm256_unpacklo_epi32(squaredError, zero), high = _mm256_unpackhi_epi32(squaredError, zero);
  return sumOf64(_mm256_add_epi64(low, high)) + kScalarKernels.blockSums8(rows, block, to, sums);
}

/// a0*b0 + a1*b1 + a2*b2 + a3*b3 in each 64-bit lane, of samples 0 and 2 (even) and 1 and 3 (odd) in 32 bits each.
MM_AVX2 inline __m256i dotProducts(__m256i aEven, __m256i aOdd, __m256i bEven, __m256i bOdd) {
  const __m256i first = _mm256_add_epi64(_mm256_mul_epu32(aEven, bEven), _mm256_mul_epu32(aOdd, bOdd));
  return _mm256_add_epi64(first,
                          _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(aEven, 32), _mm256_srli_epi64(bEven, 32)),
                                           _mm256_mul_epu32(_mm256_srli_epi64(aOdd, 32), _mm256_srli_epi64(bOdd, 32))));
}

MM_AVX2 inline __m256i foldHalves(__m256i v) {
  return _mm256_add_epi64(_mm256_and_si256(v, _mm256_set1_epi64x(0xffffffff)), _mm256_srli_epi64(v, 32));
}

/// Four blocks at a time: a 64-bit lane holds one row of one block.
MM_AVX2 uint64_t blockSums16(RowPair rows, size_t from, size_t to, BlockSums& sums) {
  const __m256i zero = _mm256_setzero_si256();
  const __m256i lowHalves = _mm256_set1_epi32(0xffff);
  __m256i squaredError = zero;
  size_t block = from;
  for (; block + 4 <= to; block += 4) {
    __m256i sumA = zero, sumB = zero, squares = zero, products = zero;
    for (size_t y = 0; y < 4; ++y) {
      const __m256i a = load(rows.a + y * rows.strideBytes + 8 * block);
      const __m256i b = load(rows.b + y * rows.strideBytes + 8 * block);
      const __m256i aEven = _mm256_and_si256(a, lowHalves), aOdd = _mm256_srli_epi32(a, 16);
      const __m256i bEven = _mm256_and_si256(b, lowHalves), bOdd = _mm256_srli_epi32(b, 16);
      sumA = _mm256_add_epi32(sumA, _mm256_add_epi32(aEven, aOdd));
      sumB = _mm256_add_epi32(sumB, _mm256_add_epi32(bEven, bOdd));
      squares = _mm256_add_epi64(squares, dotProducts(aEven, aOdd, aEven, aOdd));
      squares = _mm256_add_epi64(squares, dotProducts(bEven, bOdd, bEven, bOdd));
      products = _mm256_add_epi64(products, dotProducts(aEven, aOdd, bEven, bOdd));
    }
    store4(sums.a + block, foldHalves(sumA));
    store4(sums.b + block, foldHalves(sumB));
    store4(sums.squares + block, squares);
    store4(sums.products + block, products);
    squaredError = _mm256_add_epi64(squaredError, _mm256_sub_epi64(squares, _mm256_slli_epi64(products, 1)));
  }
  return sumOf64(squaredError) + kScalarKernels.blockSums16(rows, block, to, sums);
}

MM_AVX2 inline __m256d overWindows(const double* above, const double* below, size_t block) {
  return _mm256_add_pd(_mm256_add_pd(_mm256_loadu_pd(above + block), _mm256_loadu_pd(above + block + 1)),
                       _mm256_add_pd(_mm256_loadu_pd(below + block), _mm256_loadu_pd(below + block + 1)));
}

MM_AVX2 int64_t windowScores(const BlockSums& above, const BlockSums& below, size_t from, size_t to,
                             WindowConstants constants) {
  const __m256d luminance = _mm256_set1_pd(constants.luminance);
  const __m256d contrast = _mm256_set1_pd(constants.contrast);
  const __m256d samples = _mm256_set1_pd(64);
  const __m256d rounder = _mm256_set1_pd(kScoreRounder);
  __m256i total = _mm256_setzero_si256();
  size_t i = from;
  for (; i + 4 <= to; i += 4) {
    const __m256d a = overWindows(above.a, below.a, i);
    const __m256d b = overWindows(above.b, below.b, i);
    const __m256d ab = _mm256_mul_pd(a, b);
    const __m256d aabb = _mm256_add_pd(_mm256_mul_pd(a, a), _mm256_mul_pd(b, b));
    const __m256d variances = _mm256_sub_pd(_mm256_mul_pd(samples, overWindows(above.squares, below.squares, i)), aabb);
    const __m256d covariance =
        _mm256_sub_pd(_mm256_mul_pd(samples, overWindows(above.products, below.products, i)), ab);
    const __m256d over = _mm256_mul_pd(_mm256_add_pd(_mm256_add_pd(ab, ab), luminance),
                                       _mm256_add_pd(_mm256_add_pd(covariance, covariance), contrast));
    const __m256d under = _mm256_mul_pd(_mm256_add_pd(aabb, luminance), _mm256_add_pd(variances, contrast));
    const __m256d score = _mm256_add_pd(_mm256_div_pd(over, under), rounder);
    total = _mm256_add_epi64(total, _mm256_sub_epi64(_mm256_castpd_si256(score), _mm256_castpd_si256(rounder)));
  }
  return static_cast<int64_t>(sumOf64(total)) + kScalarKernels.windowScores(above, below, i, to, constants);
}

/// A load reads whole groups of four; the group of the last sample may end with the row, so that one is left to scalar.
MM_AVX2 uint64_t quarterDifference8(RowPair rows, size_t from, size_t to) {
  const __m256i firstOfFour = _mm256_set1_epi32(0xff);
  __m256i total = _mm256_setzero_si256();
  size_t i = from;
  for (; i + 8 < to; i += 8) {
    const __m256i a = _mm256_and_si256(load(rows.a + 4 * i), firstOfFour);
    const __m256i b = _mm256_and_si256(load(rows.b + 4 * i), firstOfFour);
    total = _mm256_add_epi64(total, _mm256_sad_epu8(a, b));
  }
  return sumOf64(total) + kScalarKernels.quarterDifference8(rows, i, to);
}

MM_AVX2 uint64_t quarterDifference16(RowPair rows, size_t from, size_t to) {
  const __m256i firstOfFour = _mm256_set1_epi64x(0xffff);
  __m256i total = _mm256_setzero_si256();
  size_t i = from;
  for (; i + 4 < to; i += 4) {
    const __m256i a = load(rows.a + 8 * i);
    const __m256i b = load(rows.b + 8 * i);
    const __m256i difference = _mm256_or_si256(_mm256_subs_epu16(a, b), _mm256_subs_epu16(b, a));
    total = _mm256_add_epi64(total, _mm256_and_si256(difference, firstOfFour));
  }
  return sumOf64(total) + kScalarKernels.quarterDifference16(rows, i, to);
}

}  // namespace

const PixelKernels kAvx2Kernels = {"avx2",       blockSums8,         blockSums16,
                                   windowScores, quarterDifference8, quarterDifference16};

}  // namespace mm

#endif
