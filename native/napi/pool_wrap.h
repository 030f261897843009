#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../core/pool.h"

namespace mm {

struct AddonState;

/// NativePool of types.ts: the JS face of a core Pool.
///
/// A job on another thread keeps `shared()` (never the PoolWrap, which the collector may free) and a reference on each
/// slot it reads: a slot that is out keeps the pool open and the segment mapped.
class PoolWrap : public Napi::ObjectWrap<PoolWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  /// A JS object around the pool; empty with a pending exception on failure.
  static Napi::Value create(Napi::Env env, std::shared_ptr<Pool> pool);
  /// The wrap behind a value, or nullptr for anything else (no exception is set). Checks the type tag.
  static PoolWrap* unwrap(Napi::Value value);

  explicit PoolWrap(const Napi::CallbackInfo& info);

  /// First byte of a slot. The index must be below capacity: `isOut` says so.
  uint8_t* slotData(uint32_t index) { return pool_->slotData(index); }
  size_t slotBytes() const { return pool_->slotBytes(); }
  /// True for an index below capacity whose slot has at least one reference.
  bool isOut(uint32_t index) const { return pool_->isOut(index); }
  /// Adds a reference, from any thread. False when the slot is not out.
  bool retain(uint32_t index) { return pool_->retain(index) > 0; }
  /// Drops a reference, from any thread. False when the slot is not out.
  bool release(uint32_t index) { return pool_->release(index) >= 0; }
  /// What a job on another thread holds.
  const std::shared_ptr<Pool>& shared() const { return pool_; }

 private:
  Napi::Value available(const Napi::CallbackInfo& info);
  Napi::Value loans(const Napi::CallbackInfo& info);
  Napi::Value peakInUse(const Napi::CallbackInfo& info);
  Napi::Value loan(const Napi::CallbackInfo& info);
  Napi::Value retainSlot(const Napi::CallbackInfo& info);
  Napi::Value releaseSlot(const Napi::CallbackInfo& info);
  Napi::Value references(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<Pool> pool_;
};

}  // namespace mm
