#pragma once

#include "pixel_kernels.h"

namespace mm {

extern const PixelKernels kScalarKernels;
#if defined(__x86_64__)
extern const PixelKernels kSse2Kernels;
extern const PixelKernels kAvx2Kernels;
#elif defined(__aarch64__)
extern const PixelKernels kNeonKernels;
#endif

}  // namespace mm
