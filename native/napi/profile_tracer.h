#pragma once

#include <napi.h>

#include <memory>

#include "../profile/tracer.h"
#include "event_loop.h"

namespace mm {

struct AddonState;

/// Delivers the exit of a traced program. Holds the loop open until then.
class TracerClient : public LoopClient {
 public:
  explicit TracerClient(EventLoop& loop) : loop_(loop) {}

  Result<pid_t> start(const SpawnRequest& request, Napi::Function onExit);
  const profile::Tracer& tracer() const { return tracer_; }
  void deliver(Napi::Env env) override;
  void shutdown() override;

 private:
  EventLoop& loop_;
  profile::Tracer tracer_;
  Napi::FunctionReference onExit_;
};

/// NativeTracer of profile-types.ts.
class TracerWrap : public Napi::ObjectWrap<TracerWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env);
  /// nullptr for anything that is not a tracer.
  static TracerWrap* unwrap(Napi::Value value);

  explicit TracerWrap(const Napi::CallbackInfo& info);
  TracerClient& client() { return *client_; }

 private:
  Napi::Value refusal(const Napi::CallbackInfo& info);

  std::shared_ptr<TracerClient> client_;
};

}  // namespace mm
