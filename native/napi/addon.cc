#include "addon.h"

#include "abi.h"
#include "bitmap_wrap.h"
#include "expansion_wrap.h"
#include "handover_wrap.h"
#include "ledger_wrap.h"
#include "message_parser_wrap.h"
#include "pool_wrap.h"
#include "profile_sampler.h"
#include "profile_tracer.h"
#include "pump_wrap.h"
#include "reduction_wrap.h"
#include "restoration_wrap.h"
#include "segment_wrap.h"

namespace mm {

void AddonState::track(const std::shared_ptr<Region>& region) {
  std::erase_if(regions, [](const auto& known) { return known.expired(); });
  regions.push_back(region);
}

void AddonState::shutdown() {
  loop.stop();
  for (const auto& known : regions) {
    const auto region = known.lock();
    // One that is pinned goes with its last owner.
    if (region) static_cast<void>(region->close().ok());
  }
  regions.clear();
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  auto* state = new AddonState();
  env.SetInstanceData(state);
  state->loop.start(env);
  if (env.IsExceptionPending()) return exports;
  // After the loop's own hook was added: hooks run in reverse, so threads are joined while their way to JS still exists.
  napi_add_env_cleanup_hook(
      env, [](void* data) { static_cast<AddonState*>(data)->shutdown(); }, state);
  SegmentWrap::define(*state, env);
  BitmapWrap::define(*state, env);
  PoolWrap::define(*state, env);
  PumpWrap::define(*state, env);
  ReductionWrap::define(*state, env);
  RestorationWrap::define(*state, env);
  ExpansionWrap::define(*state, env);
  MessageParserWrap::define(*state, env);
  SamplerWrap::define(*state, env);
  HandoverWrap::define(*state, env);
  LedgerWrap::define(*state, env);
  TracerWrap::define(*state, env);

  // readonly abi: number;
  exports.Set("abi", kAbi);
  registerCore(env, exports);
  registerProcess(env, exports);
  registerShare(env, exports);
  registerMedia(env, exports);
  registerSequence(env, exports);
  registerParse(env, exports);
  registerCompression(env, exports);
  registerProfile(env, exports);
  return exports;
}

NODE_API_MODULE(mm_native, initialize)

}  // namespace mm
