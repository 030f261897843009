#include "addon.h"
#include "args.h"
#include "pool_wrap.h"
#include "pump_wrap.h"
#include "throw_status.h"

namespace mm {
namespace {

// framePump(fd: number, pool: NativePool, frameBytes: number, creditFrames: number): NativeFramePump;
Napi::Value framePump(const Napi::CallbackInfo& info) {
  Args args(info, "framePump");
  const Napi::Env env = info.Env();
  const int fd = args.fd(0, "fd");
  PoolWrap* pool = PoolWrap::unwrap(args.at(1));
  if (pool == nullptr) args.refuse("pool", "a NativePool");
  const size_t frameBytes = args.bytes(2, "frameBytes");
  const uint32_t creditFrames = args.index(3, "creditFrames");
  if (!args.ok()) return env.Undefined();

  EventLoop& loop = AddonState::of(env).loop;
  auto client = std::make_shared<PumpClient>(loop);
  auto pump = FramePump::start(fd, pool->shared(), frameBytes, creditFrames, loop.waker());
  if (!pump.ok()) return throwStatus(env, pump.status);
  client->own(std::move(pump.value));
  return PumpWrap::create(env, std::move(client));
}

}  // namespace

void registerMedia(Napi::Env env, Napi::Object exports) {
  exports.Set("framePump", Napi::Function::New(env, framePump, "framePump"));
  registerMediaKernels(env, exports);
}

}  // namespace mm
