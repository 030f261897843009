#pragma once

#include <napi.h>

#include <memory>

#include "../core/linux/region.h"

namespace mm {

struct AddonState;

/// NativeSegment of types.ts: a Region and the one ArrayBuffer over it.
class SegmentWrap : public Napi::ObjectWrap<SegmentWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env, std::shared_ptr<Region> region);
  /// nullptr for anything that is not a segment.
  static SegmentWrap* unwrap(Napi::Value value);

  explicit SegmentWrap(const Napi::CallbackInfo& info);

  const std::shared_ptr<Region>& region() const { return region_; }

 private:
  Napi::Value closed(Napi::Env env) const;
  Napi::Value pinned(Napi::Env env) const;
  Napi::Value buffer(const Napi::CallbackInfo& info);
  Napi::Value advise(const Napi::CallbackInfo& info);
  Napi::Value placeOnNodes(const Napi::CallbackInfo& info);
  Napi::Value residentBytes(const Napi::CallbackInfo& info);
  Napi::Value sync(const Napi::CallbackInfo& info);
  Napi::Value fd(const Napi::CallbackInfo& info);
  Napi::Value seals(const Napi::CallbackInfo& info);
  Napi::Value addSeals(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<Region> region_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
};

}  // namespace mm
