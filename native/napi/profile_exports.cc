#include "addon.h"
#include "args.h"
#include "profile_sampler.h"
#include "profile_tracer.h"
#include "throw_status.h"

namespace mm {
namespace {

// sampler(options: NativeSamplerOptions): NativeSampler;
Napi::Value sampler(const Napi::CallbackInfo& info) {
  Args args(info, "sampler");
  const Napi::Env env = info.Env();
  const Napi::Object object = args.object(0, "options");
  profile::SamplerOptions options;
  options.tree.root = static_cast<pid_t>(args.integer(object, "pid", INT32_MAX));
  options.tree.adoptsOrphans = args.boolean(object, "adoptsOrphans");
  options.tree.followsSessions = args.boolean(object, "followsSessions");
  options.intervalMs = static_cast<double>(args.integer(object, "intervalMs", INT32_MAX));
  options.originMs = static_cast<double>(args.integer(object, "originMicros")) / 1000;
  options.cgroupFolder = args.text(object, "cgroupFolder");
  options.cgroupVersion = args.int32(object, "cgroupVersion");
  if (TracerWrap* tracer = TracerWrap::unwrap(object.Get("tracer"))) {
    options.tree.isTraced = true;
    options.traced = tracer->client().tracer().queue();
  }
  if (args.ok() && (options.tree.root == 0 || options.intervalMs == 0)) args.refuse("pid and intervalMs", "above 0");
  if (!args.ok()) return env.Undefined();
  auto client = std::make_shared<SamplerClient>(AddonState::of(env).loop, options);
  const Status started = client->sampler().start();
  return started.ok() ? SamplerWrap::create(env, std::move(client)) : throwStatus(env, started);
}

// tracer(): NativeTracer;
Napi::Value tracer(const Napi::CallbackInfo& info) {
  return TracerWrap::create(info.Env());
}

}  // namespace

void registerProfile(Napi::Env env, Napi::Object exports) {
  exports.Set("sampler", Napi::Function::New(env, sampler, "sampler"));
  exports.Set("tracer", Napi::Function::New(env, tracer, "tracer"));
}

}  // namespace mm
