#include <memory>
#include <string>

#include "../core/lz4.h"
#include "../core/zstd.h"
#include "addon.h"
#include "args.h"
#include "segment_wrap.h"
#include "throw_status.h"

namespace mm {
namespace {

struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

Bytes readBytes(Args& args, size_t index, const char* name) {
  const Napi::Value value = args.at(index);
  if (args.ok() && (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)) {
    args.refuse(name, "a Uint8Array");
  }
  if (!args.ok()) return {};
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ElementLength()};
}

/// A segment that is kept mapped until it is let go of; the last owner lets go on the JS thread.
class PinnedRegion {
 public:
  PinnedRegion(Args& args, size_t index, const char* name) {
    const SegmentWrap* segment = SegmentWrap::unwrap(args.at(index));
    if (args.ok() && (segment == nullptr || segment->region()->closed())) args.refuse(name, "an open NativeSegment");
    if (!args.ok()) return;
    region_ = segment->region();
    region_->pin();
    pinned_ = true;
  }
  PinnedRegion(PinnedRegion&& other) noexcept
      : region_(std::move(other.region_)), pinned_(std::exchange(other.pinned_, false)) {}
  PinnedRegion& operator=(PinnedRegion&&) = delete;
  ~PinnedRegion() { unpin(); }

  Bytes bytes() const { return region_ ? Bytes{region_->data(), region_->byteLength()} : Bytes{}; }
  void unpin() {
    if (std::exchange(pinned_, false)) region_->unpin();
  }

 private:
  std::shared_ptr<Region> region_;
  bool pinned_ = false;
};

void requireScratch(Args& args, const Bytes& scratch) {
  if (!args.ok()) return;
  const bool aligned = reinterpret_cast<uintptr_t>(scratch.data) % alignof(uint32_t) == 0;
  if (scratch.length < kLz4ScratchBytes || !aligned) {
    args.refuse("scratch", ("at least " + std::to_string(kLz4ScratchBytes) + " bytes, aligned to 4").c_str());
  }
}

void requireSource(Args& args, size_t sourceBytes, size_t mostBytes) {
  if (args.ok() && (sourceBytes > mostBytes || sourceBytes > kLz4MaxSourceBytes)) {
    args.refuse("source", "no longer than what holds it, and 2 GiB at most");
  }
}

unsigned readLevel(Args& args, size_t index) {
  const uint64_t level = args.integer(index, "level");
  if (args.ok() && (level < kLz4LowestLevel || level > kLz4HighestLevel)) args.refuse("level", "an integer from 1 to 9");
  return static_cast<unsigned>(level);
}

// lz4Compress(source: Uint8Array, target: Uint8Array, scratch: Uint8Array, level: number): number;
Napi::Value lz4CompressBytes(const Napi::CallbackInfo& info) {
  Args args(info, "lz4Compress");
  const unsigned level = readLevel(args, 3);
  const Bytes source = readBytes(args, 0, "source");
  const Bytes target = readBytes(args, 1, "target");
  const Bytes scratch = readBytes(args, 2, "scratch");
  requireScratch(args, scratch);
  requireSource(args, source.length, source.length);
  if (!args.ok()) return info.Env().Undefined();
  const size_t written = lz4Compress(source.data, source.length, target.data, target.length, scratch.data, level);
  return Napi::Number::New(info.Env(), static_cast<double>(written));
}

/// A compression on a thread of libuv's pool. Its segments cannot be closed meanwhile. Node waits for queued work before it
/// ends an environment, and `finish` runs then too.
class CompressJob {
 public:
  CompressJob(PinnedRegion source, size_t sourceBytes, PinnedRegion target, PinnedRegion scratch, unsigned level)
      : source_(std::move(source)),
        sourceBytes_(sourceBytes),
        target_(std::move(target)),
        scratch_(std::move(scratch)),
        level_(level) {}

  static Napi::Value start(Napi::Env env, std::unique_ptr<CompressJob> job) {
    napi_value promise = nullptr;
    napi_status status = napi_create_promise(env, &job->deferred_, &promise);
    const auto name = Napi::String::New(env, "mm:lz4Compress");
    if (status == napi_ok) status = napi_create_async_work(env, nullptr, name, run, finish, job.get(), &job->work_);
    if (status == napi_ok) status = napi_queue_async_work(env, job->work_);
    if (status != napi_ok) {
      if (job->work_) napi_delete_async_work(env, job->work_);
      return throwStatus(env, {ENOMEM, "lz4CompressAsync"});
    }
    static_cast<void>(job.release());  // finish takes it back
    return Napi::Value(env, promise);
  }

 private:
  static void run(napi_env, void* data) {
    CompressJob& job = *static_cast<CompressJob*>(data);
    const Bytes target = job.target_.bytes();
    job.written_ = lz4Compress(job.source_.bytes().data, job.sourceBytes_, target.data, target.length,
                               job.scratch_.bytes().data, job.level_);
    job.source_.unpin();
    job.target_.unpin();
    job.scratch_.unpin();
  }

  /// In an environment that is ending these calls fail, and nobody waits for the promise.
  static void finish(napi_env env, napi_status, void* data) {
    const std::unique_ptr<CompressJob> job(static_cast<CompressJob*>(data));
    napi_delete_async_work(env, job->work_);
    napi_value written = nullptr;
    if (napi_create_double(env, static_cast<double>(job->written_), &written) != napi_ok) return;
    napi_resolve_deferred(env, job->deferred_, written);
  }

  PinnedRegion source_;
  const size_t sourceBytes_;
  PinnedRegion target_;
  PinnedRegion scratch_;
  const unsigned level_;
  size_t written_ = 0;
  napi_deferred deferred_ = nullptr;
  napi_async_work work_ = nullptr;
};

// lz4CompressAsync(source: NativeSegment, sourceBytes: number, target: NativeSegment, scratch: NativeSegment, level: number): Promise<number>;
Napi::Value lz4CompressAsync(const Napi::CallbackInfo& info) {
  Args args(info, "lz4CompressAsync");
  const size_t sourceBytes = args.bytes(1, "sourceBytes");
  const unsigned level = readLevel(args, 4);
  PinnedRegion source(args, 0, "source");
  PinnedRegion target(args, 2, "target");
  PinnedRegion scratch(args, 3, "scratch");
  requireScratch(args, scratch.bytes());
  requireSource(args, sourceBytes, source.bytes().length);
  if (!args.ok()) return info.Env().Undefined();
  return CompressJob::start(info.Env(), std::make_unique<CompressJob>(std::move(source), sourceBytes, std::move(target),
                                                                      std::move(scratch), level));
}

// lz4Decompress(block: Uint8Array, target: Uint8Array): boolean;
Napi::Value lz4DecompressBytes(const Napi::CallbackInfo& info) {
  Args args(info, "lz4Decompress");
  const Bytes block = readBytes(args, 0, "block");
  const Bytes target = readBytes(args, 1, "target");
  if (!args.ok()) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), lz4Decompress(block.data, block.length, target.data, target.length));
}

constexpr size_t kMostHistoryBytes = size_t{1} << 31;

size_t readHistory(Args& args, size_t index) {
  return static_cast<size_t>(args.integer(index, "historyBytes", kMostHistoryBytes));
}

/// The decoder that lives in the argument; nullptr and an exception where there is none.
ZstdDecoder* readDecoder(Args& args, size_t index) {
  const Bytes memory = readBytes(args, index, "memory");
  if (!args.ok()) return nullptr;
  const bool aligned = reinterpret_cast<uintptr_t>(memory.data) % alignof(ZstdDecoder) == 0;
  ZstdDecoder* decoder = aligned ? ZstdDecoder::in({memory.data, memory.length}) : nullptr;
  if (decoder == nullptr) args.refuse("memory", "memory in which a frame began");
  return decoder;
}

// zstdBytes(historyBytes: number): number;
Napi::Value zstdBytes(const Napi::CallbackInfo& info) {
  Args args(info, "zstdBytes");
  const size_t historyBytes = readHistory(args, 0);
  if (!args.ok()) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(ZstdDecoder::bytes(historyBytes)));
}

// zstdBegin(memory: Uint8Array, historyBytes: number): void;
Napi::Value zstdBegin(const Napi::CallbackInfo& info) {
  Args args(info, "zstdBegin");
  const Bytes memory = readBytes(args, 0, "memory");
  const size_t historyBytes = readHistory(args, 1);
  if (!args.ok()) return info.Env().Undefined();
  const bool aligned = reinterpret_cast<uintptr_t>(memory.data) % alignof(ZstdDecoder) == 0;
  if (!aligned || memory.length < ZstdDecoder::bytes(historyBytes)) {
    args.refuse("memory", "at least zstdBytes(historyBytes), aligned to 8");
    return info.Env().Undefined();
  }
  ZstdDecoder::begin({memory.data, memory.length}, historyBytes);
  return info.Env().Undefined();
}

// zstdBlock(memory: Uint8Array, header: number, content: Uint8Array): Uint8Array | undefined;
Napi::Value zstdBlock(const Napi::CallbackInfo& info) {
  Args args(info, "zstdBlock");
  ZstdDecoder* decoder = readDecoder(args, 0);
  const uint32_t header = static_cast<uint32_t>(args.integer(1, "header", (1u << 24) - 1));
  const Bytes content = readBytes(args, 2, "content");
  if (!args.ok()) return info.Env().Undefined();
  const auto plain = decoder->block(header, {content.data, content.length});
  if (!plain) return info.Env().Undefined();
  const auto memory = info[0].As<Napi::Uint8Array>();
  const size_t offset = static_cast<size_t>(plain->data() - memory.Data());
  return Napi::Uint8Array::New(info.Env(), plain->size(), memory.ArrayBuffer(), memory.ByteOffset() + offset);
}

// zstdChecksum(memory: Uint8Array): number;
Napi::Value zstdChecksum(const Napi::CallbackInfo& info) {
  Args args(info, "zstdChecksum");
  const ZstdDecoder* decoder = readDecoder(args, 0);
  if (!args.ok()) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), decoder->checksum());
}

}  // namespace

void registerCompression(Napi::Env env, Napi::Object exports) {
  exports.Set("lz4Compress", Napi::Function::New(env, lz4CompressBytes, "lz4Compress"));
  exports.Set("lz4CompressAsync", Napi::Function::New(env, lz4CompressAsync, "lz4CompressAsync"));
  exports.Set("lz4Decompress", Napi::Function::New(env, lz4DecompressBytes, "lz4Decompress"));
  exports.Set("zstdBytes", Napi::Function::New(env, zstdBytes, "zstdBytes"));
  exports.Set("zstdBegin", Napi::Function::New(env, zstdBegin, "zstdBegin"));
  exports.Set("zstdBlock", Napi::Function::New(env, zstdBlock, "zstdBlock"));
  exports.Set("zstdChecksum", Napi::Function::New(env, zstdChecksum, "zstdChecksum"));
}

}  // namespace mm
