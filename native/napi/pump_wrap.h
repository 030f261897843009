#pragma once

#include <napi.h>

#include <memory>

#include "pump_client.h"

namespace mm {

struct AddonState;

/// NativeFramePump of types.ts.
class PumpWrap : public Napi::ObjectWrap<PumpWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env, std::shared_ptr<PumpClient> client);

  explicit PumpWrap(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override;

 private:
  Napi::Value framesRead(Napi::Env env) const;
  Napi::Value bytesRead(Napi::Env env) const;
  Napi::Value next(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<PumpClient> client_;
};

}  // namespace mm
