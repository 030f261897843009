#pragma once

#include "compare_plane.h"

namespace mm {

/// Mean |a - b| over every fourth sample of every fourth row, beginning with the first, scaled so that the full range of any
/// depth is 255: 0 = equal, above about 30 = another scene. Point samples, not averages. Allocates nothing.
double meanSceneChange(const PixelKernels& kernels, const uint8_t* a, const uint8_t* b, const PlaneShape& shape);

}  // namespace mm
