#include "addon.h"
#include "args.h"
#include "bitmap_wrap.h"
#include "names.h"
#include "pool_wrap.h"
#include "segment_wrap.h"
#include "throw_status.h"

namespace mm {
namespace {

Napi::Value segment(Napi::Env env, const Result<std::shared_ptr<Region>>& region) {
  return region.ok() ? SegmentWrap::create(env, region.value) : throwStatus(env, region.status);
}

PagePolicy readPages(Args& args, size_t index) {
  const auto pages = pagePolicyOf(args.text(index, "pages"));
  if (!pages) args.refuse("pages", "base, transparent-huge, hugetlb-2m or hugetlb-1g");
  return pages.value_or(PagePolicy::base);
}

// segmentAnonymous(byteLength: number, pages: PagePolicy): NativeSegment;
Napi::Value segmentAnonymous(const Napi::CallbackInfo& info) {
  Args args(info, "segmentAnonymous");
  const size_t byteLength = args.bytes(0, "byteLength");
  const PagePolicy pages = readPages(args, 1);
  if (!args.ok()) return info.Env().Undefined();
  return segment(info.Env(), Region::anonymous(byteLength, pages));
}

// segmentShared(name: string, byteLength: number, pages: PagePolicy): NativeSegment;
Napi::Value segmentShared(const Napi::CallbackInfo& info) {
  Args args(info, "segmentShared");
  const std::string name = args.text(0, "name");
  const size_t byteLength = args.bytes(1, "byteLength");
  const PagePolicy pages = readPages(args, 2);
  if (!args.ok()) return info.Env().Undefined();
  return segment(info.Env(), Region::shared(name.c_str(), byteLength, pages));
}

// segmentFromFd(fd: number, byteLength: number, writable: boolean): NativeSegment;
Napi::Value segmentFromFd(const Napi::CallbackInfo& info) {
  Args args(info, "segmentFromFd");
  const int fd = args.fd(0, "fd");
  const size_t byteLength = args.bytes(1, "byteLength");
  const bool writable = args.boolean(2, "writable");
  if (!args.ok()) return info.Env().Undefined();
  return segment(info.Env(), Region::fromFd(fd, byteLength, writable));
}

// segmentMapFile(fd: number, offset: number, length: number, mode: "private-read" | "shared-write", populate: boolean): NativeSegment;
Napi::Value segmentMapFile(const Napi::CallbackInfo& info) {
  Args args(info, "segmentMapFile");
  const int fd = args.fd(0, "fd");
  const uint64_t offset = args.integer(1, "offset");
  const size_t length = args.bytes(2, "length");
  const auto mode = mapModeOf(args.text(3, "mode"));
  const bool populate = args.boolean(4, "populate");
  if (!mode) args.refuse("mode", "private-read or shared-write");
  if (!args.ok()) return info.Env().Undefined();
  return segment(info.Env(), Region::mapFile(fd, offset, length, *mode, populate));
}

// bitmap(capacity: number): NativeBitmap;
Napi::Value bitmap(const Napi::CallbackInfo& info) {
  Args args(info, "bitmap");
  const uint32_t capacity = static_cast<uint32_t>(args.integer(0, "capacity", INT32_MAX));
  if (capacity == 0) args.refuse("capacity", "an integer from 1 to 2^31 - 1");
  if (!args.ok()) return info.Env().Undefined();
  std::shared_ptr<AtomicBitmap> bits = AtomicBitmap::create(capacity);
  if (!bits) return throwStatus(info.Env(), {ENOMEM, "bitmap"});
  return BitmapWrap::create(info.Env(), std::move(bits));
}

// pool(segment: NativeSegment, slotBytes: number, alignmentBytes: number, clearOnRelease: boolean): NativePool;
Napi::Value pool(const Napi::CallbackInfo& info) {
  Args args(info, "pool");
  const SegmentWrap* segment = SegmentWrap::unwrap(args.at(0));
  if (segment == nullptr) args.refuse("segment", "a NativeSegment");
  const size_t slotBytes = args.bytes(1, "slotBytes");
  const size_t alignmentBytes = args.bytes(2, "alignmentBytes");
  const bool clearOnRelease = args.boolean(3, "clearOnRelease");
  if (!args.ok()) return info.Env().Undefined();
  const auto created = Pool::create(segment->region(), slotBytes, alignmentBytes, clearOnRelease);
  return created.ok() ? PoolWrap::create(info.Env(), created.value) : throwStatus(info.Env(), created.status);
}

}  // namespace

void registerCore(Napi::Env env, Napi::Object exports) {
  exports.Set("segmentAnonymous", Napi::Function::New(env, segmentAnonymous, "segmentAnonymous"));
  exports.Set("segmentShared", Napi::Function::New(env, segmentShared, "segmentShared"));
  exports.Set("segmentFromFd", Napi::Function::New(env, segmentFromFd, "segmentFromFd"));
  exports.Set("segmentMapFile", Napi::Function::New(env, segmentMapFile, "segmentMapFile"));
  exports.Set("bitmap", Napi::Function::New(env, bitmap, "bitmap"));
  exports.Set("pool", Napi::Function::New(env, pool, "pool"));
}

}  // namespace mm
