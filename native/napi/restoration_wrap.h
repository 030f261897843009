#pragma once

#include <napi.h>

#include <memory>

#include "../core/job.h"
#include "../core/linux/region.h"

namespace mm {

struct AddonState;

/// The memory of a restore. Pinned until the end.
class Restoration {
 public:
  explicit Restoration(std::shared_ptr<Region> region) : region_(std::move(region)) { region_->pin(); }
  ~Restoration() { region_->unpin(); }
  Restoration(const Restoration&) = delete;
  Restoration& operator=(const Restoration&) = delete;

  Grant grant() const { return Grant({region_->data(), region_->byteLength()}); }
  const std::shared_ptr<Progress>& progress() const { return progress_; }

 private:
  std::shared_ptr<Region> region_;
  std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
};

/// NativeRestoration of types.ts.
class RestorationWrap : public Napi::ObjectWrap<RestorationWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env, std::shared_ptr<Restoration> restoration);

  explicit RestorationWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value all(const Napi::CallbackInfo& info);
  Napi::Value named(const Napi::CallbackInfo& info);
  Napi::Value progress(const Napi::CallbackInfo& info);
  Napi::Value cancel(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  bool isFree(Napi::Env env, const char* operation) const;

  std::shared_ptr<Restoration> restoration_;
  bool isRunning_ = false;
};

}  // namespace mm
