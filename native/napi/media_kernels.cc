#include "media_kernels.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../core/xxh64.h"
#include "../media/plane_range.h"
#include "../media/scene_change.h"
#include "args.h"
#include "pool_wrap.h"
#include "throw_status.h"

namespace mm {

namespace {

/// One reference on a slot: its bytes stay until it is released, whatever JS does meanwhile. The pool itself is let go only
/// by the destructor, on the JS thread: its last owner unmaps it.
class HeldSlot {
 public:
  /// Empty when the slot is not out.
  static std::optional<HeldSlot> hold(std::shared_ptr<Pool> pool, uint32_t slot) {
    if (pool->retain(slot) < 0) return std::nullopt;
    return HeldSlot(std::move(pool), slot);
  }
  HeldSlot(HeldSlot&& other) noexcept
      : pool_(std::move(other.pool_)), slot_(other.slot_), held_(std::exchange(other.held_, false)) {}
  HeldSlot& operator=(HeldSlot&&) = delete;
  ~HeldSlot() { release(); }

  const uint8_t* data() const { return pool_->slotData(slot_); }
  void release() {
    if (std::exchange(held_, false)) pool_->release(slot_);
  }

 private:
  HeldSlot(std::shared_ptr<Pool> pool, uint32_t slot) : pool_(std::move(pool)), slot_(slot) {}

  std::shared_ptr<Pool> pool_;
  const uint32_t slot_;
  bool held_ = true;
};

/// A pool and a slot of it as arguments `poolAt` and `slotAt`.
struct SlotArgument {
  PoolWrap* pool = nullptr;
  uint32_t slot = 0;

  SlotArgument(Args& args, size_t poolAt, const char* poolName, size_t slotAt, const char* slotName) {
    slot = args.index(slotAt, slotName);
    if (!args.ok()) return;
    pool = PoolWrap::unwrap(args.at(poolAt));
    if (!pool) args.refuse(poolName, "a pool");
    if (args.ok() && !pool->isOut(slot)) args.refuse(slotName, "a slot of the pool that is out");
  }
};

size_t required(Args& args, Napi::Object plane, const char* name) {
  const std::optional<uint64_t> value = args.optionalInteger(plane, name);
  if (!value) args.refuse(name, "given for every plane");
  return static_cast<size_t>(value.value_or(0));
}

PlaneRange readPlane(Args& args, Napi::Value value, const std::string& name, unsigned bitsPerSample) {
  if (args.ok() && !value.IsObject()) args.refuse(name.c_str(), "an object");
  if (!args.ok()) return {};
  const auto plane = value.As<Napi::Object>();
  const size_t offsetBytes = required(args, plane, "offsetBytes");
  const size_t strideBytes = required(args, plane, "strideBytes");
  const size_t width = required(args, plane, "width");
  const size_t height = required(args, plane, "height");
  return {offsetBytes, {strideBytes, width, height, bitsPerSample}};
}

std::string planeName(size_t index) {
  return "planes[" + std::to_string(index) + "]";
}

/// Empty, with a pending exception, when one of the planes or its getter is wrong.
std::optional<std::vector<PlaneRange>> readPlanes(Args& args, size_t index, unsigned bitsPerSample) {
  if (args.ok() && !args.at(index).IsArray()) args.refuse("planes", "an array");
  if (!args.ok()) return std::nullopt;
  const auto array = args.at(index).As<Napi::Array>();
  std::vector<PlaneRange> planes;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value plane = array.Get(i);
    if (args.env().IsExceptionPending()) return std::nullopt;
    planes.push_back(readPlane(args, plane, planeName(i), bitsPerSample));
    if (!args.ok()) return std::nullopt;
  }
  return planes;
}

void requirePlane(Args& args, const PlaneRange& plane, const std::string& name, const SlotArgument& a,
                  const SlotArgument& b) {
  if (!args.ok()) return;
  const std::string fault = planeFault(plane, std::min(a.pool->slotBytes(), b.pool->slotBytes()));
  if (!fault.empty()) args.refuse(name.c_str(), fault.c_str());
}

Napi::Value hex(Napi::Env env, uint64_t hash) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return Napi::String::New(env, digits);
}

/// A comparison on a thread of libuv's pool. It holds all it reads, so nothing JS does can take the pictures away. Node waits
/// for queued work before it ends an environment, and `finish` runs then too.
class CompareJob {
 public:
  CompareJob(HeldSlot a, HeldSlot b, std::vector<PlaneRange> planes)
      : a_(std::move(a)), b_(std::move(b)), planes_(std::move(planes)), scores_(planes_.size()) {}

  static Napi::Value start(Napi::Env env, std::unique_ptr<CompareJob> job) {
    napi_value promise = nullptr;
    napi_status status = napi_create_promise(env, &job->deferred_, &promise);
    const auto name = Napi::String::New(env, "mm:comparePlanes");
    if (status == napi_ok) status = napi_create_async_work(env, nullptr, name, run, finish, job.get(), &job->work_);
    if (status == napi_ok) status = napi_queue_async_work(env, job->work_);
    if (status != napi_ok) {
      if (job->work_) napi_delete_async_work(env, job->work_);
      return throwStatus(env, {ENOMEM, "comparePlanes"});
    }
    static_cast<void>(job.release());  // finish takes it back
    return Napi::Value(env, promise);
  }

 private:
  static void run(napi_env, void* data) {
    CompareJob& job = *static_cast<CompareJob*>(data);
    const uint8_t* a = job.a_.data();
    const uint8_t* b = job.b_.data();
    for (size_t i = 0; i < job.planes_.size(); ++i) {
      const PlaneRange& plane = job.planes_[i];
      job.scores_[i] = comparePlane(job.kernels_, a + plane.offsetBytes, b + plane.offsetBytes, plane.shape);
    }
    job.a_.release();
    job.b_.release();
  }

  /// In an environment that is ending, JS can no longer run and these calls fail: nobody waits for the promise then.
  /// The wrappers of napi.h would abort the process instead.
  static void finish(napi_env env, napi_status, void* data) {
    const std::unique_ptr<CompareJob> job(static_cast<CompareJob*>(data));
    napi_delete_async_work(env, job->work_);
    napi_value scores = nullptr;
    if (napi_create_array_with_length(env, job->scores_.size(), &scores) != napi_ok) return;
    for (uint32_t i = 0; i < job->scores_.size(); ++i) {
      if (!setScore(env, scores, i, job->scores_[i])) return;
    }
    napi_resolve_deferred(env, job->deferred_, scores);
  }

  static bool setScore(napi_env env, napi_value scores, uint32_t index, const PlaneComparison& score) {
    napi_value object, squaredError, ssim;
    return napi_create_object(env, &object) == napi_ok &&
           napi_create_double(env, static_cast<double>(score.squaredError), &squaredError) == napi_ok &&
           napi_create_double(env, score.ssim, &ssim) == napi_ok &&
           napi_set_named_property(env, object, "squaredError", squaredError) == napi_ok &&
           napi_set_named_property(env, object, "ssim", ssim) == napi_ok &&
           napi_set_element(env, scores, index, object) == napi_ok;
  }

  const PixelKernels& kernels_ = activeKernels();
  HeldSlot a_;
  HeldSlot b_;
  const std::vector<PlaneRange> planes_;
  std::vector<PlaneComparison> scores_;
  napi_deferred deferred_ = nullptr;
  napi_async_work work_ = nullptr;
};

unsigned readDepth(Args& args, size_t index) {
  const uint64_t bits = args.integer(index, "bitsPerSample");
  if (bits < 8 || bits > 16) args.refuse("bitsPerSample", "an integer from 8 to 16");
  return static_cast<unsigned>(bits);
}

// Planes are read before slots are looked at: a getter of a plane is JS, and could release them.

Napi::Value comparePlanes(const Napi::CallbackInfo& info) {
  Args args(info, "comparePlanes");
  std::optional<std::vector<PlaneRange>> planes = readPlanes(args, 4, readDepth(args, 5));
  if (!planes) return info.Env().Undefined();
  const SlotArgument a(args, 0, "a", 1, "slotA");
  const SlotArgument b(args, 2, "b", 3, "slotB");
  for (size_t i = 0; i < planes->size(); ++i) requirePlane(args, (*planes)[i], planeName(i), a, b);
  if (!args.ok()) return info.Env().Undefined();

  std::optional<HeldSlot> heldA = HeldSlot::hold(a.pool->shared(), a.slot);
  std::optional<HeldSlot> heldB = HeldSlot::hold(b.pool->shared(), b.slot);
  if (!heldA || !heldB) return throwStatus(info.Env(), {EINVAL, "comparePlanes"});
  return CompareJob::start(info.Env(),
                           std::make_unique<CompareJob>(std::move(*heldA), std::move(*heldB), std::move(*planes)));
}

Napi::Value hashSlot(const Napi::CallbackInfo& info) {
  Args args(info, "hashSlot");
  const size_t offsetBytes = args.bytes(2, "offsetBytes");
  const size_t lengthBytes = args.bytes(3, "lengthBytes");
  const SlotArgument source(args, 0, "pool", 1, "slot");
  if (!args.ok()) return info.Env().Undefined();
  const size_t slotBytes = source.pool->slotBytes();
  if (offsetBytes > slotBytes || lengthBytes > slotBytes - offsetBytes) {
    args.refuse("offsetBytes + lengthBytes",
                ("at most " + std::to_string(slotBytes) + ", the bytes of a slot").c_str());
    return info.Env().Undefined();
  }
  return hex(info.Env(), xxh64(source.pool->slotData(source.slot) + offsetBytes, lengthBytes));
}

Napi::Value hashBytes(const Napi::CallbackInfo& info) {
  Args args(info, "hashBytes");
  if (!args.at(0).IsTypedArray() || args.at(0).As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    args.refuse("bytes", "a Uint8Array");
    return info.Env().Undefined();
  }
  const auto bytes = args.at(0).As<Napi::Uint8Array>();
  return hex(info.Env(), xxh64(bytes.Data(), bytes.ElementLength()));
}

Napi::Value sceneChange(const Napi::CallbackInfo& info) {
  Args args(info, "sceneChange");
  const PlaneRange plane = readPlane(args, args.at(4), "plane", readDepth(args, 5));
  const SlotArgument a(args, 0, "a", 1, "slotA");
  const SlotArgument b(args, 2, "b", 3, "slotB");
  requirePlane(args, plane, "plane", a, b);
  if (!args.ok()) return info.Env().Undefined();
  const uint8_t* dataA = a.pool->slotData(a.slot) + plane.offsetBytes;
  const uint8_t* dataB = b.pool->slotData(b.slot) + plane.offsetBytes;
  return Napi::Number::New(info.Env(), meanSceneChange(activeKernels(), dataA, dataB, plane.shape));
}

Napi::Value simd(const Napi::CallbackInfo& info) {
  Args args(info, "simd");
  if (!args.at(0).IsUndefined()) {
    const std::string use = args.text(0, "use");
    if (args.ok() && use != "auto" && use != "scalar") args.refuse("use", "\"auto\" or \"scalar\"");
    if (!args.ok()) return info.Env().Undefined();
    forceScalar(use == "scalar");
  }
  return Napi::String::New(info.Env(), activeKernels().name);
}

}  // namespace

void registerMediaKernels(Napi::Env env, Napi::Object exports) {
  // comparePlanes(a: NativePool, slotA: number, b: NativePool, slotB: number, planes: PlanePair[], bitsPerSample: number): Promise<PlaneScore[]>;
  exports.Set("comparePlanes", Napi::Function::New(env, comparePlanes, "comparePlanes"));
  // hashSlot(pool: NativePool, slot: number, offsetBytes: number, lengthBytes: number): string;
  exports.Set("hashSlot", Napi::Function::New(env, hashSlot, "hashSlot"));
  // hashBytes(bytes: Uint8Array): string;
  exports.Set("hashBytes", Napi::Function::New(env, hashBytes, "hashBytes"));
  // sceneChange(a: NativePool, slotA: number, b: NativePool, slotB: number, plane: PlanePair, bitsPerSample: number): number;
  exports.Set("sceneChange", Napi::Function::New(env, sceneChange, "sceneChange"));
  // simd(use?: "auto" | "scalar"): string;
  exports.Set("simd", Napi::Function::New(env, simd, "simd"));
}

}  // namespace mm
