#if defined(__x86_64__)

#include <emmintrin.h>

#include "pixel_kernels_sets.h"

// SSE2 is part of the x86-64 baseline: no target attribute, no check.

namespace mm {

namespace {

inline __m128i load(const uint8_t* bytes) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
}

inline uint64_t sumOf64(__m128i v) {
  return static_cast<uint64_t>(_mm_cvtsi128_si64(v)) +
         static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(v, v)));
}

/// Sums of neighbouring 32-bit lanes: two from `low`, then two from `high`.
inline __m128i addPairs(__m128i low, __m128i high) {
  const __m128 l = _mm_castsi128_ps(low), h = _mm_castsi128_ps(high);
  return _mm_add_epi32(_mm_castps_si128(_mm_shuffle_ps(l, h, _MM_SHUFFLE(2, 0, 2, 0))),
                       _mm_castps_si128(_mm_shuffle_ps(l, h, _MM_SHUFFLE(3, 1, 3, 1))));
}

/// Four whole numbers below 2^31 as doubles.
inline void store4(double* out, __m128i v) {
  _mm_storeu_pd(out, _mm_cvtepi32_pd(v));
  _mm_storeu_pd(out + 2, _mm_cvtepi32_pd(_mm_unpackhi_epi64(v, v)));
}

/// Two whole numbers below 2^52 as doubles: they become the mantissa of 2^52 + v.
inline void store2(double* out, __m128i v) {
  const __m128d power52 = _mm_set1_pd(0x1p52);
  _mm_storeu_pd(out, _mm_sub_pd(_mm_castsi128_pd(_mm_or_si128(v, _mm_castpd_si128(power52))), power52));
}

/// Four blocks at a time, all samples widened to 16 bits.
uint64_t blockSums8(RowPair rows, size_t from, size_t to, BlockSums& sums) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i ones = _mm_set1_epi16(1);
  __m128i squaredError = zero;  // at most 16 * 255^2 a lane and round, 64 rounds a tile: below 2^27
  size_t block = from;
  for (; block + 4 <= to; block += 4) {
    __m128i sumALow = zero, sumAHigh = zero, sumBLow = zero, sumBHigh = zero;
    __m128i squaresLow = zero, squaresHigh = zero, productsLow = zero, productsHigh = zero;
    for (size_t y = 0; y < 4; ++y) {
      const __m128i a = load(rows.a + y * rows.strideBytes + 4 * block);
      const __m128i b = load(rows.b + y * rows.strideBytes + 4 * block);
      const __m128i aLow = _mm_unpacklo_epi8(a, zero), aHigh = _mm_unpackhi_epi8(a, zero);
      const __m128i bLow = _mm_unpacklo_epi8(b, zero), bHigh = _mm_unpackhi_epi8(b, zero);
      sumALow = _mm_add_epi16(sumALow, aLow);
      sumAHigh = _mm_add_epi16(sumAHigh, aHigh);
      sumBLow = _mm_add_epi16(sumBLow, bLow);
      sumBHigh = _mm_add_epi16(sumBHigh, bHigh);
      squaresLow = _mm_add_epi32(squaresLow, _mm_add_epi32(_mm_madd_epi16(aLow, aLow), _mm_madd_epi16(bLow, bLow)));
      squaresHigh =
          _mm_add_epi32(squaresHigh, _mm_add_epi32(_mm_madd_epi16(aHigh, aHigh), _mm_madd_epi16(bHigh, bHigh)));
      productsLow = _mm_add_epi32(productsLow, _mm_madd_epi16(aLow, bLow));
      productsHigh = _mm_add_epi32(productsHigh, _mm_madd_epi16(aHigh, bHigh));
    }
    const __m128i squares = addPairs(squaresLow, squaresHigh);
    const __m128i products = addPairs(productsLow, productsHigh);
    store4(sums.a + block, addPairs(_mm_madd_epi16(sumALow, ones), _mm_madd_epi16(sumAHigh, ones)));
    store4(sums.b + block, addPairs(_mm_madd_epi16(sumBLow, ones), _mm_madd_epi16(sumBHigh, ones)));
    store4(sums.squares + block, squares);
    store4(sums.products + block, products);
    squaredError = _mm_add_epi32(squaredError, _mm_sub_epi32(squares, _mm_slli_epi32(products, 1)));
  }
  const __m128i low = _mm_unpacklo_epi32(squaredError, zero), high = _mm_unpackhi_epi32(squaredError, zero);
  return sumOf64(_mm_add_epi64(low, high)) + kScalarKernels.blockSums8(rows, block, to, sums);
}

/// a0*b0 + a1*b1 + a2*b2 + a3*b3 in each 64-bit lane, of samples 0 and 2 (even) and 1 and 3 (odd) in 32 bits each.
inline __m128i dotProducts(__m128i aEven, __m128i aOdd, __m128i bEven, __m128i bOdd) {
  const __m128i first = _mm_add_epi64(_mm_mul_epu32(aEven, bEven), _mm_mul_epu32(aOdd, bOdd));
  return _mm_add_epi64(first, _mm_add_epi64(_mm_mul_epu32(_mm_srli_epi64(aEven, 32), _mm_srli_epi64(bEven, 32)),
                                            _mm_mul_epu32(_mm_srli_epi64(aOdd, 32), _mm_srli_epi64(bOdd, 32))));
}

inline __m128i foldHalves(__m128i v) {
  return _mm_add_epi64(_mm_and_si128(v, _mm_set1_epi64x(0xffffffff)), _mm_srli_epi64(v, 32));
}

/// Two blocks at a time: a 64-bit lane holds one row of one block.
uint64_t blockSums16(RowPair rows, size_t from, size_t to, BlockSums& sums) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i lowHalves = _mm_set1_epi32(0xffff);
  __m128i squaredError = zero;
  size_t block = from;
  for (; block + 2 <= to; block += 2) {
    __m128i sumA = zero, sumB = zero, squares = zero, products = zero;
    for (size_t y = 0; y < 4; ++y) {
      const __m128i a = load(rows.a + y * rows.strideBytes + 8 * block);
      const __m128i b = load(rows.b + y * rows.strideBytes + 8 * block);
      const __m128i aEven = _mm_and_si128(a, lowHalves), aOdd = _mm_srli_epi32(a, 16);
      const __m128i bEven = _mm_and_si128(b, lowHalves), bOdd = _mm_srli_epi32(b, 16);
      sumA = _mm_add_epi32(sumA, _mm_add_epi32(aEven, aOdd));
      sumB = _mm_add_epi32(sumB, _mm_add_epi32(bEven, bOdd));
      squares = _mm_add_epi64(squares, dotProducts(aEven, aOdd, aEven, aOdd));
      squares = _mm_add_epi64(squares, dotProducts(bEven, bOdd, bEven, bOdd));
      products = _mm_add_epi64(products, dotProducts(aEven, aOdd, bEven, bOdd));
    }
    store2(sums.a + block, foldHalves(sumA));
    store2(sums.b + block, foldHalves(sumB));
    store2(sums.squares + block, squares);
    store2(sums.products + block, products);
    squaredError = _mm_add_epi64(squaredError, _mm_sub_epi64(squares, _mm_slli_epi64(products, 1)));
  }
  return sumOf64(squaredError) + kScalarKernels.blockSums16(rows, block, to, sums);
}

inline __m128d overWindows(const double* above, const double* below, size_t block) {
  return _mm_add_pd(_mm_add_pd(_mm_loadu_pd(above + block), _mm_loadu_pd(above + block + 1)),
                    _mm_add_pd(_mm_loadu_pd(below + block), _mm_loadu_pd(below + block + 1)));
}

int64_t windowScores(const BlockSums& above, const BlockSums& below, size_t from, size_t to,
                     WindowConstants constants) {
  const __m128d luminance = _mm_set1_pd(constants.luminance);
  const __m128d contrast = _mm_set1_pd(constants.contrast);
  const __m128d samples = _mm_set1_pd(64);
  const __m128d rounder = _mm_set1_pd(kScoreRounder);
  __m128i total = _mm_setzero_si128();
  size_t i = from;
  for (; i + 2 <= to; i += 2) {
    const __m128d a = overWindows(above.a, below.a, i);
    const __m128d b = overWindows(above.b, below.b, i);
    const __m128d ab = _mm_mul_pd(a, b);
    const __m128d aabb = _mm_add_pd(_mm_mul_pd(a, a), _mm_mul_pd(b, b));
    const __m128d variances = _mm_sub_pd(_mm_mul_pd(samples, overWindows(above.squares, below.squares, i)), aabb);
    const __m128d covariance = _mm_sub_pd(_mm_mul_pd(samples, overWindows(above.products, below.products, i)), ab);
    const __m128d over =
        _mm_mul_pd(_mm_add_pd(_mm_add_pd(ab, ab), luminance), _mm_add_pd(_mm_add_pd(covariance, covariance), contrast));
    const __m128d under = _mm_mul_pd(_mm_add_pd(aabb, luminance), _mm_add_pd(variances, contrast));
    const __m128d score = _mm_add_pd(_mm_div_pd(over, under), rounder);
    total = _mm_add_epi64(total, _mm_sub_epi64(_mm_castpd_si128(score), _mm_castpd_si128(rounder)));
  }
  return static_cast<int64_t>(sumOf64(total)) + kScalarKernels.windowScores(above, below, i, to, constants);
}

/// A load reads whole groups of four; the group of the last sample may end with the row, so that one is left to scalar.
uint64_t quarterDifference8(RowPair rows, size_t from, size_t to) {
  const __m128i firstOfFour = _mm_set1_epi32(0xff);
  __m128i total = _mm_setzero_si128();
  size_t i = from;
  for (; i + 4 < to; i += 4) {
    const __m128i a = _mm_and_si128(load(rows.a + 4 * i), firstOfFour);
    const __m128i b = _mm_and_si128(load(rows.b + 4 * i), firstOfFour);
    total = _mm_add_epi64(total, _mm_sad_epu8(a, b));
  }
  return sumOf64(total) + kScalarKernels.quarterDifference8(rows, i, to);
}

uint64_t quarterDifference16(RowPair rows, size_t from, size_t to) {
  const __m128i firstOfFour = _mm_set1_epi64x(0xffff);
  __m128i total = _mm_setzero_si128();
  size_t i = from;
  for (; i + 2 < to; i += 2) {
    const __m128i a = load(rows.a + 8 * i);
    const __m128i b = load(rows.b + 8 * i);
    const __m128i difference = _mm_or_si128(_mm_subs_epu16(a, b), _mm_subs_epu16(b, a));
    total = _mm_add_epi64(total, _mm_and_si128(difference, firstOfFour));
  }
  return sumOf64(total) + kScalarKernels.quarterDifference16(rows, i, to);
}

}  // namespace

const PixelKernels kSse2Kernels = {"sse2",       blockSums8,         blockSums16,
                                   windowScores, quarterDifference8, quarterDifference16};

}  // namespace mm

#endif
