#pragma once

#include <napi.h>

#include <memory>

#include "../core/bitmap.h"

namespace mm {

struct AddonState;

/// NativeBitmap of types.ts.
class BitmapWrap : public Napi::ObjectWrap<BitmapWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env, std::shared_ptr<AtomicBitmap> bitmap);

  explicit BitmapWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value acquire(const Napi::CallbackInfo& info);
  Napi::Value release(const Napi::CallbackInfo& info);
  Napi::Value available(const Napi::CallbackInfo& info);

  std::shared_ptr<AtomicBitmap> bitmap_;
};

}  // namespace mm
