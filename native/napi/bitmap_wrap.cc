#include "bitmap_wrap.h"

#include "addon.h"
#include "args.h"
#include "type_tags.h"

namespace mm {

void BitmapWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativeBitmap",
                                                 {
                                                     // acquire(): number;
                                                     InstanceMethod<&BitmapWrap::acquire>("acquire"),
                                                     // release(index: number): boolean;
                                                     InstanceMethod<&BitmapWrap::release>("release"),
                                                     // available(): number;
                                                     InstanceMethod<&BitmapWrap::available>("available"),
                                                 });
  state.bitmapClass = Napi::Persistent(constructor);
}

Napi::Value BitmapWrap::create(Napi::Env env, std::shared_ptr<AtomicBitmap> bitmap) {
  return construct(env, AddonState::of(env).bitmapClass, std::move(bitmap));
}

BitmapWrap::BitmapWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<BitmapWrap>(info) {
  const Napi::Env env = info.Env();
  bitmap_ = takeConstructed<AtomicBitmap>(env);
  if (!bitmap_) return;
  // readonly capacity: number;
  const napi_property_descriptor capacity = constant("capacity", Napi::Number::New(env, bitmap_->capacity()));
  napi_define_properties(env, info.This(), 1, &capacity);
}

Napi::Value BitmapWrap::acquire(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(bitmap_->acquire()));
}

Napi::Value BitmapWrap::release(const Napi::CallbackInfo& info) {
  Args args(info, "bitmapRelease");
  const uint32_t index = args.index(0, "index");
  if (!args.ok()) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), bitmap_->release(index));
}

Napi::Value BitmapWrap::available(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), bitmap_->available());
}

}  // namespace mm
