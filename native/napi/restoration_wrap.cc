#include "restoration_wrap.h"

#include <cerrno>
#include <string>
#include <vector>

#include "addon.h"
#include "args.h"
#include "job_client.h"
#include "sequence_values.h"
#include "throw_status.h"

namespace mm {

void RestorationWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativeRestoration",
                                                 {
                                                     // all(request: RestoreRequest): Promise<RestoreCounts>;
                                                     InstanceMethod<&RestorationWrap::all>("all"),
                                                     // named(request: RestoreRequest, names: string[]): Promise<number>;
                                                     InstanceMethod<&RestorationWrap::named>("named"),
                                                     // progress(): StageProgress;
                                                     InstanceMethod<&RestorationWrap::progress>("progress"),
                                                     // cancel(): void;
                                                     InstanceMethod<&RestorationWrap::cancel>("cancel"),
                                                     // close(): void;
                                                     InstanceMethod<&RestorationWrap::close>("close"),
                                                 });
  state.restorationClass = Napi::Persistent(constructor);
}

Napi::Value RestorationWrap::create(Napi::Env env, std::shared_ptr<Restoration> restoration) {
  return construct(env, AddonState::of(env).restorationClass, std::move(restoration));
}

RestorationWrap::RestorationWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RestorationWrap>(info) {
  restoration_ = takeConstructed<Restoration>(info.Env());
}

bool RestorationWrap::isFree(Napi::Env env, const char* operation) const {
  if (restoration_ && !isRunning_) return true;
  throwStatus(env, {restoration_ ? EBUSY : EBADF, operation});
  return false;
}

Napi::Value RestorationWrap::all(const Napi::CallbackInfo& info) {
  Args args(info, "all");
  const RestoreRequest request = readRestoreRequest(args, args.object(0, "request"));
  if (!args.ok() || !isFree(info.Env(), "all")) return info.Env().Undefined();
  isRunning_ = true;
  const auto counts = std::make_shared<RestoreCounts>();
  return JobClient::start(
      info.Env(), "mm-restore", restoration_->progress(), info.This().As<Napi::Object>(),
      [restoration = restoration_, request, counts] {
        return restoreAll(request, restoration->grant(), *restoration->progress(), *counts);
      },
      [counts](Napi::Env env) { return restoreCounts(env, *counts); }, [this] { isRunning_ = false; });
}

Napi::Value RestorationWrap::named(const Napi::CallbackInfo& info) {
  Args args(info, "named");
  const RestoreRequest request = readRestoreRequest(args, args.object(0, "request"));
  const auto names = std::make_shared<std::vector<std::string>>(args.texts(1, "names"));
  if (!args.ok() || !isFree(info.Env(), "named")) return info.Env().Undefined();
  isRunning_ = true;
  const auto found = std::make_shared<uint64_t>(0);
  return JobClient::start(
      info.Env(), "mm-restore", restoration_->progress(), info.This().As<Napi::Object>(),
      [restoration = restoration_, request, names, found] {
        std::vector<std::span<const uint8_t>> spans;
        for (const std::string& name : *names) spans.emplace_back(reinterpret_cast<const uint8_t*>(name.data()), name.size());
        return restoreNamed(request, spans, restoration->grant(), *restoration->progress(), *found);
      },
      [found](Napi::Env env) { return Napi::Number::New(env, static_cast<double>(*found)); }, [this] { isRunning_ = false; });
}

Napi::Value RestorationWrap::progress(const Napi::CallbackInfo& info) {
  if (!restoration_) return throwStatus(info.Env(), {EBADF, "progress"});
  return stageProgress(info.Env(), *restoration_->progress(), 0, 0);
}

Napi::Value RestorationWrap::cancel(const Napi::CallbackInfo& info) {
  if (restoration_) restoration_->progress()->cancelled.store(true);
  return info.Env().Undefined();
}

Napi::Value RestorationWrap::close(const Napi::CallbackInfo& info) {
  if (isRunning_) return throwStatus(info.Env(), {EBUSY, "close"});
  restoration_.reset();
  return info.Env().Undefined();
}

}  // namespace mm
