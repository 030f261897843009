#pragma once

#include <napi.h>

namespace mm {

// Random, so that no other addon, nor a second copy of another build of this one, shares them. A cast of the wrong object
// would be memory corruption; napi_unwrap alone does not tell objects apart.
inline constexpr napi_type_tag kSegmentTag{0x6f1e9a4c52b84d07, 0xa3c75d1f08e2946b};
inline constexpr napi_type_tag kPoolTag{0xd85a31f7064e4b92, 0x8f2c6de9b713a540};
inline constexpr napi_type_tag kTracerTag{0x95a8ba6e4f5ae35b, 0x1afaeee32521b818};
inline constexpr napi_type_tag kPumpTag{0x47c20e8b9df64135, 0xb6093af85c7ed1e2};

/// The wrap behind a value, or nullptr when the value is not an object with this tag.
template <typename T>
T* unwrapTagged(Napi::Value value, const napi_type_tag& tag) {
  if (!value.IsObject()) return nullptr;
  bool matches = false;
  if (napi_check_object_type_tag(value.Env(), value, &tag, &matches) != napi_ok || !matches) return nullptr;
  void* wrap = nullptr;
  return napi_unwrap(value.Env(), value, &wrap) == napi_ok ? static_cast<T*>(wrap) : nullptr;
}

/// A getter that checks its receiver. Methods need none: V8 refuses receivers that the class did not make, which
/// napi_define_class asks for on methods and not on accessors.
template <typename T, Napi::Value (T::*Get)(Napi::Env) const, const napi_type_tag& Tag>
napi_value taggedGetter(napi_env rawEnv, napi_callback_info rawInfo) {
  const Napi::Env env(rawEnv);
  const Napi::CallbackInfo info(rawEnv, rawInfo);
  const T* wrap = unwrapTagged<T>(info.This(), Tag);
  if (wrap == nullptr) {
    Napi::TypeError::New(env, "Illegal invocation").ThrowAsJavaScriptException();
    return nullptr;
  }
  return (wrap->*Get)(env);
}

/// The property descriptor of such a getter for DefineClass.
template <typename T, Napi::Value (T::*Get)(Napi::Env) const, const napi_type_tag& Tag>
napi_property_descriptor getter(const char* name) {
  return {name, nullptr, nullptr, &taggedGetter<T, Get, Tag>, nullptr, nullptr, napi_enumerable, nullptr};
}

/// A property that never changes.
inline napi_property_descriptor constant(const char* name, napi_value value) {
  return {name, nullptr, nullptr, nullptr, nullptr, value, napi_enumerable, nullptr};
}

}  // namespace mm
