#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

/// Columns of 4x4 blocks compared in one go: 1024 samples. The two rows of sums this needs, one block longer because the
/// last window ends in the next tile, are 16 KiB.
inline constexpr size_t kTileBlocks = 256;

/// Two rows of samples of one geometry; rows below are `strideBytes` apart in both.
struct RowPair {
  const uint8_t* a;
  const uint8_t* b;
  size_t strideBytes;
};

/// Sums over 4x4 blocks of both pictures: a, b, a*a + b*b, a*b. They are whole numbers below 2^37, so a double holds them
/// exactly, and so it does all that SSIM builds from 2x2 of them (below 2^46) up to its last two products.
struct BlockSums {
  double a[kTileBlocks + 1];
  double b[kTileBlocks + 1];
  double squares[kTileBlocks + 1];
  double products[kTileBlocks + 1];
};

/// SSIM's stabilising constants, scaled to sums over 64 samples and rounded to whole numbers.
struct WindowConstants {
  double luminance;
  double contrast;
};

/// One window's score is rounded to this many binary places; sums of scores are then integers, equal in any order.
inline constexpr int kScoreFractionBits = 32;
/// Adding this to a double below 2^19 in magnitude leaves its fixed-point form in the low bits (IEEE 754, to nearest).
inline constexpr double kScoreRounder = 1.5 * (uint64_t{1} << (52 - kScoreFractionBits));

/// The inner loops of one instruction set. Every member does [from, to), reads no sample beyond it, and gives the same
/// integers in every set.
struct PixelKernels {
  const char* name;
  /// Writes the sums of blocks [from, to) of the four rows at `rows` to the same indices of `sums`.
  /// Returns the blocks' squared error, sum of (a - b)^2.
  uint64_t (*blockSums8)(RowPair rows, size_t from, size_t to, BlockSums& sums);
  uint64_t (*blockSums16)(RowPair rows, size_t from, size_t to, BlockSums& sums);
  /// Sum of the scores of windows [from, to) in units of 2^-kScoreFractionBits. Window i is blocks i, i + 1 of both rows.
  int64_t (*windowScores)(const BlockSums& above, const BlockSums& below, size_t from, size_t to,
                          WindowConstants constants);
  /// Sum of |a - b| over every fourth sample, the first at sample 4 * from, the last before 4 * to.
  uint64_t (*quarterDifference8)(RowPair rows, size_t from, size_t to);
  uint64_t (*quarterDifference16)(RowPair rows, size_t from, size_t to);
};

/// The sets this processor can run, best first; the last is always "scalar".
std::span<const PixelKernels* const> usableKernels();

/// The set in use: the best one, unless `forceScalar(true)` chose the scalar twin. One choice per process; any thread.
const PixelKernels& activeKernels();
void forceScalar(bool scalar);

}  // namespace mm
