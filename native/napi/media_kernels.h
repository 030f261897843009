#pragma once

#include <napi.h>

namespace mm {

/// Adds comparePlanes, hashSlot, hashBytes, sceneChange and simd of types.ts to `exports`.
void registerMediaKernels(Napi::Env env, Napi::Object exports);

}  // namespace mm
