#pragma once

#include <napi.h>

#include <memory>

#include "../profile/sampler.h"
#include "event_loop.h"

namespace mm {

struct AddonState;

/// Ends the sampler's thread with its environment.
class SamplerClient : public LoopClient {
 public:
  SamplerClient(EventLoop& loop, const profile::SamplerOptions& options) : loop_(&loop), sampler_(options) {}
  profile::Sampler& sampler() { return sampler_; }
  void deliver(Napi::Env) override {}
  void shutdown() override {
    loop_ = nullptr;
    sampler_.stop();
  }
  /// No JS may run: the wrap may have been collected.
  void stop() {
    sampler_.stop();
    if (loop_ != nullptr) loop_->remove(this);
  }

 private:
  /// nullptr once the environment ends.
  EventLoop* loop_;
  profile::Sampler sampler_;
};

/// NativeSampler of profile-types.ts.
class SamplerWrap : public Napi::ObjectWrap<SamplerWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env, std::shared_ptr<SamplerClient> client);

  explicit SamplerWrap(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override;

 private:
  Napi::Value drain(const Napi::CallbackInfo& info);
  Napi::Value measureNow(const Napi::CallbackInfo& info);
  Napi::Value rootEnded(const Napi::CallbackInfo& info);
  Napi::Value figures(const Napi::CallbackInfo& info);
  Napi::Value stop(const Napi::CallbackInfo& info);

  std::shared_ptr<SamplerClient> client_;
};

}  // namespace mm
