#include "profile_tracer.h"

#include "addon.h"
#include "child_client.h"
#include "type_tags.h"

namespace mm {

Result<pid_t> TracerClient::start(const SpawnRequest& request, Napi::Function onExit) {
  const Result<pid_t> pid = tracer_.start(request, loop_.waker());
  if (!pid.ok()) return pid;
  onExit_ = Napi::Persistent(onExit);
  loop_.hold();
  return pid;
}

void TracerClient::deliver(Napi::Env env) {
  ChildExit exit;
  if (onExit_.IsEmpty() || !tracer_.take(exit)) return;
  const Napi::HandleScope scope(env);
  const Napi::Function onExit = onExit_.Value();
  onExit_.Reset();
  loop_.letGo();
  callFromLoop(env, onExit, exitValue(env, exit));
}

void TracerClient::shutdown() {
  tracer_.stop();
  onExit_.Reset();
}

void TracerWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativeTracer",
                                                 {
                                                     // refusal(): number;
                                                     InstanceMethod<&TracerWrap::refusal>("refusal"),
                                                 });
  state.tracerClass = Napi::Persistent(constructor);
}

Napi::Value TracerWrap::create(Napi::Env env) {
  AddonState& state = AddonState::of(env);
  auto client = std::make_shared<TracerClient>(state.loop);
  state.loop.add(client);
  return construct(env, state.tracerClass, std::move(client));
}

TracerWrap* TracerWrap::unwrap(Napi::Value value) {
  return unwrapTagged<TracerWrap>(value, kTracerTag);
}

TracerWrap::TracerWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<TracerWrap>(info) {
  client_ = takeConstructed<TracerClient>(info.Env());
  if (client_) napi_type_tag_object(info.Env(), info.This(), &kTracerTag);
}

Napi::Value TracerWrap::refusal(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), client_->tracer().refusal());
}

}  // namespace mm
