#pragma once

#include <cstddef>
#include <cstdint>

#include "pixel_kernels.h"

namespace mm {

/// Shape of a plane in memory, the same for both pictures. A sample is one byte at 8 bits, two little-endian bytes at 9 to 16.
struct PlaneShape {
  size_t strideBytes;
  size_t width;
  size_t height;
  unsigned bitsPerSample;

  size_t sampleBytes() const { return bitsPerSample > 8 ? 2 : 1; }
};

struct PlaneComparison {
  /// Sum of (a - b)^2 over every sample. Exact: any 16-bit values, up to 2^32 samples.
  uint64_t squaredError;
  /// Mean structural similarity; 1 for equal planes.
  double ssim;
};

/// Squared error and SSIM of one plane in one pass over both pictures. Allocates nothing; uses 16 KiB of stack.
///
/// SSIM is that of Wang, Bovik, Sheikh and Simoncelli (IEEE Trans. Image Processing 13(4), 2004), formula 13, with
/// C1 = (0.01 L)^2, C2 = (0.03 L)^2, L = 2^bits - 1, over flat 8x8 windows with unbiased variances (n - 1 = 63). It is the
/// mean over all windows at multiples of 4 in x and y that lie in the plane, so the last width % 4 columns and height % 4
/// rows belong to no window (they do count in the squared error). C1 and C2 are rounded to whole numbers at the scale of
/// 64-sample sums. A plane narrower or lower than 8 is one window as large as the plane.
///
/// ffmpeg's `ssim` filter has the same windows, variances and C2, but 1/64 of this C1 and single precision.
PlaneComparison comparePlane(const PixelKernels& kernels, const uint8_t* a, const uint8_t* b, const PlaneShape& shape);

}  // namespace mm
