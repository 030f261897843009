#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "../core/linux/region.h"
#include "../core/pool.h"
#include "event_loop.h"

namespace mm {

/// What one environment (the main thread or a Worker) owns. Lives until the environment's instance data is dropped, after
/// the last wrap.
struct AddonState {
  EventLoop loop;
  Napi::FunctionReference segmentClass;
  Napi::FunctionReference bitmapClass;
  Napi::FunctionReference poolClass;
  Napi::FunctionReference pumpClass;
  Napi::FunctionReference reductionClass;
  Napi::FunctionReference restorationClass;
  Napi::FunctionReference expansionClass;
  Napi::FunctionReference messageParserClass;
  Napi::FunctionReference samplerClass;
  Napi::FunctionReference handoverClass;
  Napi::FunctionReference ledgerClass;
  Napi::FunctionReference tracerClass;
  /// Handed from a factory to the constructor it calls; a constructor called from JS finds none and throws.
  std::shared_ptr<void> underConstruction;
  /// All mappings of this environment, to be closed with it.
  std::vector<std::weak_ptr<Region>> regions;

  static AddonState& of(Napi::Env env) { return *env.GetInstanceData<AddonState>(); }

  /// Remembers a mapping, and forgets those that are gone.
  void track(const std::shared_ptr<Region>& region);
  /// Joins all threads and unmaps what nothing pins. The environment's cleanup hook.
  void shutdown();
};

void registerCore(Napi::Env env, Napi::Object exports);
void registerProcess(Napi::Env env, Napi::Object exports);
void registerShare(Napi::Env env, Napi::Object exports);
void registerMedia(Napi::Env env, Napi::Object exports);
void registerSequence(Napi::Env env, Napi::Object exports);
void registerParse(Napi::Env env, Napi::Object exports);
void registerCompression(Napi::Env env, Napi::Object exports);
void registerProfile(Napi::Env env, Napi::Object exports);
/// comparePlanes, hashSlot, hashBytes, sceneChange and simd: media_kernels.cc.
void registerMediaKernels(Napi::Env env, Napi::Object exports);

/// Constructs a wrap around a native object.
template <typename T>
Napi::Value construct(Napi::Env env, const Napi::FunctionReference& constructor, std::shared_ptr<T> native) {
  AddonState& state = AddonState::of(env);
  state.underConstruction = std::move(native);
  const Napi::Value wrap = constructor.New({});
  state.underConstruction.reset();
  return wrap;
}

/// What `construct` handed over; nullptr with a pending exception when JS called the constructor.
template <typename T>
std::shared_ptr<T> takeConstructed(Napi::Env env) {
  auto native = std::static_pointer_cast<T>(std::exchange(AddonState::of(env).underConstruction, nullptr));
  if (!native) Napi::TypeError::New(env, "Illegal constructor").ThrowAsJavaScriptException();
  return native;
}

}  // namespace mm
