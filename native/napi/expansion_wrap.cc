#include "expansion_wrap.h"

#include <cerrno>

#include "addon.h"
#include "args.h"
#include "job_client.h"
#include "sequence_values.h"
#include "throw_status.h"

namespace mm {

void ExpansionWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativeExpansion",
                                                 {
                                                     // index(request: LiftIndexRequest): Promise<LiftIndexCounts>;
                                                     InstanceMethod<&ExpansionWrap::index>("index"),
                                                     // expand(request: ExpandRequest): Promise<void>;
                                                     InstanceMethod<&ExpansionWrap::expand>("expand"),
                                                     // counts(): ExpandCounts;
                                                     InstanceMethod<&ExpansionWrap::counts>("counts"),
                                                     // progress(): StageProgress;
                                                     InstanceMethod<&ExpansionWrap::progress>("progress"),
                                                     // cancel(): void;
                                                     InstanceMethod<&ExpansionWrap::cancel>("cancel"),
                                                     // close(): void;
                                                     InstanceMethod<&ExpansionWrap::close>("close"),
                                                 });
  state.expansionClass = Napi::Persistent(constructor);
}

Napi::Value ExpansionWrap::create(Napi::Env env, std::shared_ptr<Expansion> expansion) {
  return construct(env, AddonState::of(env).expansionClass, std::move(expansion));
}

ExpansionWrap::ExpansionWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ExpansionWrap>(info) {
  expansion_ = takeConstructed<Expansion>(info.Env());
}

bool ExpansionWrap::isFree(Napi::Env env, const char* operation) const {
  if (expansion_ && !isRunning_) return true;
  throwStatus(env, {expansion_ ? EBUSY : EBADF, operation});
  return false;
}

Napi::Value ExpansionWrap::index(const Napi::CallbackInfo& info) {
  Args args(info, "index");
  const LiftIndexRequest request = readLiftIndexRequest(args, args.object(0, "request"));
  if (!args.ok() || !isFree(info.Env(), "index")) return info.Env().Undefined();
  isRunning_ = true;
  return JobClient::start(
      info.Env(), "mm-lift", expansion_->progress(), info.This().As<Napi::Object>(),
      [expansion = expansion_, request] { return expansion->index(request); },
      [expansion = expansion_](Napi::Env env) { return liftIndexCounts(env, expansion->indexCounts()); },
      [this] { isRunning_ = false; });
}

Napi::Value ExpansionWrap::expand(const Napi::CallbackInfo& info) {
  Args args(info, "expand");
  const ExpandRequest request = readExpandRequest(args, args.object(0, "request"));
  if (!args.ok() || !isFree(info.Env(), "expand")) return info.Env().Undefined();
  isRunning_ = true;
  return JobClient::start(
      info.Env(), "mm-expand", expansion_->progress(), info.This().As<Napi::Object>(),
      [expansion = expansion_, request] { return expansion->expand(request); },
      [](Napi::Env env) { return env.Undefined(); }, [this] { isRunning_ = false; });
}

Napi::Value ExpansionWrap::counts(const Napi::CallbackInfo& info) {
  if (!isFree(info.Env(), "counts")) return info.Env().Undefined();
  return expandCounts(info.Env(), expansion_->expandCounts());
}

Napi::Value ExpansionWrap::progress(const Napi::CallbackInfo& info) {
  if (!expansion_) return throwStatus(info.Env(), {EBADF, "progress"});
  const DiskAllowance& disk = expansion_->disk();
  return stageProgress(info.Env(), *expansion_->progress(), disk.usedBytes.load(), disk.peakBytes.load());
}

Napi::Value ExpansionWrap::cancel(const Napi::CallbackInfo& info) {
  if (expansion_) expansion_->progress()->cancelled.store(true);
  return info.Env().Undefined();
}

Napi::Value ExpansionWrap::close(const Napi::CallbackInfo& info) {
  if (isRunning_) return throwStatus(info.Env(), {EBUSY, "close"});
  expansion_.reset();
  return info.Env().Undefined();
}

}  // namespace mm
