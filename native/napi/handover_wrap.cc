#include "handover_wrap.h"

#include "addon.h"

namespace mm {

void HandoverWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativeHandover",
                                                 {
                                                     // answered(): number;
                                                     InstanceMethod<&HandoverWrap::answered>("answered"),
                                                     // refused(): number;
                                                     InstanceMethod<&HandoverWrap::refused>("refused"),
                                                     // close(): void;
                                                     InstanceMethod<&HandoverWrap::close>("close"),
                                                 });
  state.handoverClass = Napi::Persistent(constructor);
}

Napi::Value HandoverWrap::create(Napi::Env env, std::unique_ptr<HandoverServer> server) {
  AddonState& state = AddonState::of(env);
  auto client = std::make_shared<HandoverClient>(std::move(server));
  state.loop.add(client);
  return construct(env, state.handoverClass, std::move(client));
}

HandoverWrap::HandoverWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<HandoverWrap>(info) {
  client_ = takeConstructed<HandoverClient>(info.Env());
}

Napi::Value HandoverWrap::answered(const Napi::CallbackInfo& info) {
  const uint64_t count = client_->server ? client_->server->answered() : 0;
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

Napi::Value HandoverWrap::refused(const Napi::CallbackInfo& info) {
  const uint64_t count = client_->server ? client_->server->refused() : 0;
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

Napi::Value HandoverWrap::close(const Napi::CallbackInfo& info) {
  client_->shutdown();
  AddonState::of(info.Env()).loop.remove(client_.get());
  return info.Env().Undefined();
}

}  // namespace mm
