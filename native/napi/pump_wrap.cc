#include "pump_wrap.h"

#include "addon.h"
#include "type_tags.h"

namespace mm {

void PumpWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativeFramePump",
                                                 {
                                                     // next(): Promise<PumpedFrame>;
                                                     InstanceMethod<&PumpWrap::next>("next"),
                                                     // readonly framesRead: number;
                                                     getter<PumpWrap, &PumpWrap::framesRead, kPumpTag>("framesRead"),
                                                     // readonly bytesRead: number;
                                                     getter<PumpWrap, &PumpWrap::bytesRead, kPumpTag>("bytesRead"),
                                                     // close(): void;
                                                     InstanceMethod<&PumpWrap::close>("close"),
                                                 });
  state.pumpClass = Napi::Persistent(constructor);
}

Napi::Value PumpWrap::create(Napi::Env env, std::shared_ptr<PumpClient> client) {
  AddonState& state = AddonState::of(env);
  state.loop.add(client);
  return construct(env, state.pumpClass, std::move(client));
}

PumpWrap::PumpWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PumpWrap>(info) {
  client_ = takeConstructed<PumpClient>(info.Env());
  if (client_) napi_type_tag_object(info.Env(), info.This(), &kPumpTag);
}

void PumpWrap::Finalize(Napi::BasicEnv) {
  // Collected without close: its thread must not go on reading for nobody.
  if (client_) client_->abandon();
}

Napi::Value PumpWrap::framesRead(Napi::Env env) const {
  return Napi::Number::New(env, static_cast<double>(client_->framesRead()));
}

Napi::Value PumpWrap::bytesRead(Napi::Env env) const {
  return Napi::Number::New(env, static_cast<double>(client_->bytesRead()));
}

Napi::Value PumpWrap::next(const Napi::CallbackInfo& info) {
  return client_->next(info.Env(), info.This().As<Napi::Object>());
}

Napi::Value PumpWrap::close(const Napi::CallbackInfo& info) {
  client_->close(info.Env());
  return info.Env().Undefined();
}

}  // namespace mm
