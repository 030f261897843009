#include "pool_wrap.h"

#include "addon.h"
#include "args.h"
#include "throw_status.h"
#include "type_tags.h"

namespace mm {

void PoolWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativePool",
                                                 {
                                                     // available(): number;
                                                     InstanceMethod<&PoolWrap::available>("available"),
                                                     // loans(): number;
                                                     InstanceMethod<&PoolWrap::loans>("loans"),
                                                     // peakInUse(): number;
                                                     InstanceMethod<&PoolWrap::peakInUse>("peakInUse"),
                                                     // loan(): number;
                                                     InstanceMethod<&PoolWrap::loan>("loan"),
                                                     // retain(index: number): number;
                                                     InstanceMethod<&PoolWrap::retainSlot>("retain"),
                                                     // release(index: number): number;
                                                     InstanceMethod<&PoolWrap::releaseSlot>("release"),
                                                     // references(index: number): number;
                                                     InstanceMethod<&PoolWrap::references>("references"),
                                                     // close(): void;
                                                     InstanceMethod<&PoolWrap::close>("close"),
                                                 });
  state.poolClass = Napi::Persistent(constructor);
}

Napi::Value PoolWrap::create(Napi::Env env, std::shared_ptr<Pool> pool) {
  return construct(env, AddonState::of(env).poolClass, std::move(pool));
}

PoolWrap* PoolWrap::unwrap(Napi::Value value) {
  return unwrapTagged<PoolWrap>(value, kPoolTag);
}

PoolWrap::PoolWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PoolWrap>(info) {
  const Napi::Env env = info.Env();
  pool_ = takeConstructed<Pool>(env);
  if (!pool_) return;
  const Napi::Object self = info.This().As<Napi::Object>();
  napi_type_tag_object(env, self, &kPoolTag);
  const napi_property_descriptor properties[] = {
      // readonly capacity: number;
      constant("capacity", Napi::Number::New(env, pool_->capacity())),
      // readonly slotBytes: number;
      constant("slotBytes", Napi::Number::New(env, static_cast<double>(pool_->slotBytes()))),
      // readonly strideBytes: number;
      constant("strideBytes", Napi::Number::New(env, static_cast<double>(pool_->strideBytes()))),
  };
  napi_define_properties(env, self, std::size(properties), properties);
}

Napi::Value PoolWrap::available(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), pool_->available());
}

Napi::Value PoolWrap::loans(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(pool_->loans()));
}

Napi::Value PoolWrap::peakInUse(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), pool_->peakInUse());
}

Napi::Value PoolWrap::loan(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(pool_->loan()));
}

Napi::Value PoolWrap::retainSlot(const Napi::CallbackInfo& info) {
  Args args(info, "poolRetain");
  const uint32_t index = args.index(0, "index");
  if (!args.ok()) return info.Env().Undefined();
  const int64_t count = pool_->retain(index);
  return count < 0 ? throwStatus(info.Env(), {EINVAL, "poolRetain"})
                   : Napi::Number::New(info.Env(), static_cast<double>(count));
}

Napi::Value PoolWrap::releaseSlot(const Napi::CallbackInfo& info) {
  Args args(info, "poolRelease");
  const uint32_t index = args.index(0, "index");
  if (!args.ok()) return info.Env().Undefined();
  const int64_t count = pool_->release(index);
  return count < 0 ? throwStatus(info.Env(), {EINVAL, "poolRelease"})
                   : Napi::Number::New(info.Env(), static_cast<double>(count));
}

Napi::Value PoolWrap::references(const Napi::CallbackInfo& info) {
  Args args(info, "poolReferences");
  const uint32_t index = args.index(0, "index");
  if (!args.ok()) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), pool_->references(index));
}

Napi::Value PoolWrap::close(const Napi::CallbackInfo& info) {
  const Status status = pool_->close();
  return status.ok() ? info.Env().Undefined() : throwStatus(info.Env(), status);
}

}  // namespace mm
