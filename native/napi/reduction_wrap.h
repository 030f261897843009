#pragma once

#include <napi.h>

#include "reduction.h"

namespace mm {

struct AddonState;

/// NativeReduction of types.ts: one stage at a time, each on a thread of its own.
class ReductionWrap : public Napi::ObjectWrap<ReductionWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env, std::shared_ptr<Reduction> reduction);

  explicit ReductionWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value ingest(const Napi::CallbackInfo& info);
  Napi::Value cluster(const Napi::CallbackInfo& info);
  Napi::Value measure(const Napi::CallbackInfo& info);
  Napi::Value write(const Napi::CallbackInfo& info);
  Napi::Value persist(const Napi::CallbackInfo& info);
  Napi::Value adopt(const Napi::CallbackInfo& info);
  Napi::Value forgetRanks(const Napi::CallbackInfo& info);
  Napi::Value progress(const Napi::CallbackInfo& info);
  Napi::Value cancel(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  /// EBUSY while a stage runs, EBADF after close: false with a pending exception.
  bool isFree(Napi::Env env, const char* operation) const;
  Napi::Value run(const Napi::CallbackInfo& info, const char* name, std::function<Outcome(Reduction&)> stage,
                  std::function<Napi::Value(Napi::Env, const Reduction&)> describe);

  std::shared_ptr<Reduction> reduction_;
  bool isRunning_ = false;
};

}  // namespace mm
