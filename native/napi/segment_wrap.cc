#include "segment_wrap.h"

#include "addon.h"
#include "args.h"
#include "names.h"
#include "throw_status.h"
#include "type_tags.h"

namespace mm {
namespace {

/// The ArrayBuffer owns a share of the mapping, so a view that outlives the wrap never points into a hole.
void dropShare(napi_env, void*, void* share) {
  delete static_cast<std::shared_ptr<Region>*>(share);
}

}  // namespace

void SegmentWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativeSegment",
                                                 {
                                                     // readonly closed: boolean;
                                                     getter<SegmentWrap, &SegmentWrap::closed, kSegmentTag>("closed"),
                                                     // readonly pinned: boolean;
                                                     getter<SegmentWrap, &SegmentWrap::pinned, kSegmentTag>("pinned"),
                                                     // buffer(): ArrayBuffer;
                                                     InstanceMethod<&SegmentWrap::buffer>("buffer"),
                                                     // advise(offset: number, length: number, advice: Advice): void;
                                                     InstanceMethod<&SegmentWrap::advise>("advise"),
                                                     // placeOnNodes(policy: "local" | "interleave", nodes: number): void;
                                                     InstanceMethod<&SegmentWrap::placeOnNodes>("placeOnNodes"),
                                                     // residentBytes(): number;
                                                     InstanceMethod<&SegmentWrap::residentBytes>("residentBytes"),
                                                     // sync(): void;
                                                     InstanceMethod<&SegmentWrap::sync>("sync"),
                                                     // fd(): number;
                                                     InstanceMethod<&SegmentWrap::fd>("fd"),
                                                     // seals(): string[];
                                                     InstanceMethod<&SegmentWrap::seals>("seals"),
                                                     // addSeals(seals: string[]): void;
                                                     InstanceMethod<&SegmentWrap::addSeals>("addSeals"),
                                                     // close(): void;
                                                     InstanceMethod<&SegmentWrap::close>("close"),
                                                 });
  state.segmentClass = Napi::Persistent(constructor);
}

Napi::Value SegmentWrap::create(Napi::Env env, std::shared_ptr<Region> region) {
  AddonState& state = AddonState::of(env);
  state.track(region);
  return construct(env, state.segmentClass, std::move(region));
}

SegmentWrap* SegmentWrap::unwrap(Napi::Value value) {
  return unwrapTagged<SegmentWrap>(value, kSegmentTag);
}

SegmentWrap::SegmentWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SegmentWrap>(info) {
  const Napi::Env env = info.Env();
  region_ = takeConstructed<Region>(env);
  if (!region_) return;
  const Napi::Object self = info.This().As<Napi::Object>();
  napi_type_tag_object(env, self, &kSegmentTag);
  const napi_property_descriptor properties[] = {
      // readonly byteLength: number;
      constant("byteLength", Napi::Number::New(env, static_cast<double>(region_->byteLength()))),
      // readonly pageBytes: number;
      constant("pageBytes", Napi::Number::New(env, static_cast<double>(region_->pageBytes()))),
      // readonly granted: PagePolicy;
      constant("granted", Napi::String::New(env, pagePolicyName(region_->granted()))),
      // readonly writable: boolean;
      constant("writable", Napi::Boolean::New(env, region_->writable())),
  };
  napi_define_properties(env, self, std::size(properties), properties);
}

Napi::Value SegmentWrap::closed(Napi::Env env) const {
  return Napi::Boolean::New(env, region_->closed());
}

Napi::Value SegmentWrap::pinned(Napi::Env env) const {
  return Napi::Boolean::New(env, region_->pinned());
}

Napi::Value SegmentWrap::buffer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (region_->closed()) return throwStatus(env, {EBADF, "segmentBuffer"});
  if (!buffer_.IsEmpty()) return buffer_.Value();
  // V8 counts the bytes of an external ArrayBuffer as external memory by itself; adding them again would double them.
  auto* share = new std::shared_ptr<Region>(region_);
  napi_value buffer;
  const napi_status status =
      napi_create_external_arraybuffer(env, region_->data(), region_->byteLength(), &dropShare, share, &buffer);
  if (status != napi_ok) {
    napi_value exception;
    napi_get_and_clear_last_exception(env, &exception);
    // Node 20 allows 4 GiB.
    return throwStatus(env, {EFBIG, "segmentBuffer"});
  }
  buffer_ = Napi::Persistent(Napi::ArrayBuffer(env, buffer));
  return buffer_.Value();
}

Napi::Value SegmentWrap::advise(const Napi::CallbackInfo& info) {
  Args args(info, "segmentAdvise");
  const size_t offset = args.bytes(0, "offset");
  const size_t length = args.bytes(1, "length");
  const auto advice = adviceOf(args.text(2, "advice"));
  if (!advice) args.refuse("advice", "normal, sequential, random, will-need, dont-need, populate or huge-page");
  if (!args.ok()) return info.Env().Undefined();
  const Status status = region_->advise(offset, length, *advice);
  return status.ok() ? info.Env().Undefined() : throwStatus(info.Env(), status);
}

Napi::Value SegmentWrap::placeOnNodes(const Napi::CallbackInfo& info) {
  Args args(info, "segmentPlaceOnNodes");
  const std::string policy = args.text(0, "policy");
  if (args.ok() && policy != "local" && policy != "interleave") args.refuse("policy", "local or interleave");
  const auto nodes = static_cast<unsigned>(args.integer(1, "nodes", 64));
  if (!args.ok()) return info.Env().Undefined();
  const Status status = region_->placeOnNodes(policy == "local" ? NodePolicy::local : NodePolicy::interleave, nodes);
  return status.ok() ? info.Env().Undefined() : throwStatus(info.Env(), status);
}

Napi::Value SegmentWrap::residentBytes(const Napi::CallbackInfo& info) {
  const Result<size_t> resident = region_->residentBytes();
  if (!resident.ok()) return throwStatus(info.Env(), resident.status);
  return Napi::Number::New(info.Env(), static_cast<double>(resident.value));
}

Napi::Value SegmentWrap::sync(const Napi::CallbackInfo& info) {
  const Status status = region_->sync();
  return status.ok() ? info.Env().Undefined() : throwStatus(info.Env(), status);
}

Napi::Value SegmentWrap::fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), region_->fd());
}

Napi::Value SegmentWrap::seals(const Napi::CallbackInfo& info) {
  const Result<unsigned> seals = region_->seals();
  if (!seals.ok()) return throwStatus(info.Env(), seals.status);
  const Napi::Array names = Napi::Array::New(info.Env());
  for (const char* name : sealNames(seals.value)) names.Set(names.Length(), name);
  return names;
}

Napi::Value SegmentWrap::addSeals(const Napi::CallbackInfo& info) {
  Args args(info, "segmentAddSeals");
  unsigned seals = 0;
  for (const std::string& name : args.texts(0, "seals")) {
    const auto seal = sealOf(name);
    if (!seal) args.refuse("seals", "names of shrink, grow, write, future-write, seal");
    seals |= seal.value_or(0);
  }
  if (!args.ok()) return info.Env().Undefined();
  const Status status = region_->addSeals(seals);
  return status.ok() ? info.Env().Undefined() : throwStatus(info.Env(), status);
}

Napi::Value SegmentWrap::close(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (region_->pinned()) return throwStatus(env, {EBUSY, "segmentClose"});
  if (!buffer_.IsEmpty()) {
    // First no view may reach the memory, then the memory goes.
    const napi_status detached = napi_detach_arraybuffer(env, buffer_.Value());
    if (detached != napi_ok) return throwStatus(env, {EBUSY, "napi_detach_arraybuffer"});
    buffer_.Reset();
  }
  const Status status = region_->close();
  return status.ok() ? env.Undefined() : throwStatus(env, status);
}

}  // namespace mm
