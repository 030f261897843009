#include "scene_change.h"

namespace mm {

double meanSceneChange(const PixelKernels& kernels, const uint8_t* a, const uint8_t* b, const PlaneShape& shape) {
  const auto rowDifference = shape.sampleBytes() == 1 ? kernels.quarterDifference8 : kernels.quarterDifference16;
  const size_t columns = (shape.width + 3) / 4, rows = (shape.height + 3) / 4;
  uint64_t total = 0;
  for (size_t row = 0; row < rows; ++row) {
    const size_t offset = 4 * row * shape.strideBytes;
    total += rowDifference({a + offset, b + offset, shape.strideBytes}, 0, columns);
  }
  const double samples = static_cast<double>(columns) * static_cast<double>(rows);
  const double peak = static_cast<double>((1u << shape.bitsPerSample) - 1);
  return static_cast<double>(total) * 255 / (samples * peak);
}

}  // namespace mm
