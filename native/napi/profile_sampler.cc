#include "profile_sampler.h"

#include <cstring>

#include "addon.h"
#include "args.h"

namespace mm {
namespace {

Napi::Array words(Napi::Env env, std::string_view command) {
  const Napi::Array list = Napi::Array::New(env);
  uint32_t count = 0;
  while (!command.empty()) {
    const size_t end = std::min(command.find('\0'), command.size());
    list.Set(count++, Napi::String::New(env, command.data(), end));
    command.remove_prefix(std::min(end + 1, command.size()));
  }
  return list;
}

Napi::Value orNull(Napi::Env env, int number, int absent) {
  return number == absent ? env.Null() : Napi::Number::New(env, number);
}

/// A CaptureEvent of src/profile/capture/records.ts.
Napi::Object describe(Napi::Env env, const profile::Batch& batch, const profile::Event& event) {
  Napi::Object object = Napi::Object::New(env);
  const bool isExit = event.kind == profile::EventKind::exit;
  object.Set("type", isExit ? "exit" : event.kind == profile::EventKind::exec ? "exec" : "process");
  object.Set("process", event.process);
  object.Set("atMs", event.atMs);
  if (event.kind == profile::EventKind::process) {
    object.Set("pid", event.pid);
    object.Set("parent", event.parent);
  }
  if (isExit) {
    object.Set("code", orNull(env, event.code, -1));
    object.Set("signal", orNull(env, event.signal, 0));
    object.Set("highWaterBytes", static_cast<double>(event.highWaterBytes));
    return object;
  }
  object.Set("command", words(env, batch.textOf(event)));
  object.Set("name", Napi::String::New(env, event.name, strnlen(event.name, sizeof(event.name))));
  return object;
}

Napi::Float64Array rowsOf(Napi::Env env, const profile::Batch& batch, profile::TableId table) {
  const std::vector<double>& rows = batch.rows(table);
  Napi::Float64Array array = Napi::Float64Array::New(env, rows.size());
  if (!rows.empty()) std::memcpy(array.Data(), rows.data(), rows.size() * sizeof(double));
  return array;
}

}  // namespace

void SamplerWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativeSampler",
                                                 {
                                                     // drain(): NativeBatch;
                                                     InstanceMethod<&SamplerWrap::drain>("drain"),
                                                     // measureNow(): void;
                                                     InstanceMethod<&SamplerWrap::measureNow>("measureNow"),
                                                     // rootEnded(code: number, signal: number): void;
                                                     InstanceMethod<&SamplerWrap::rootEnded>("rootEnded"),
                                                     // figures(): SamplerFigures;
                                                     InstanceMethod<&SamplerWrap::figures>("figures"),
                                                     // stop(): void;
                                                     InstanceMethod<&SamplerWrap::stop>("stop"),
                                                 });
  state.samplerClass = Napi::Persistent(constructor);
}

Napi::Value SamplerWrap::create(Napi::Env env, std::shared_ptr<SamplerClient> client) {
  AddonState& state = AddonState::of(env);
  state.loop.add(client);
  return construct(env, state.samplerClass, std::move(client));
}

SamplerWrap::SamplerWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SamplerWrap>(info) {
  client_ = takeConstructed<SamplerClient>(info.Env());
}

void SamplerWrap::Finalize(Napi::BasicEnv) {
  // Collected without stop: its thread must not go on looking for nobody.
  if (client_) client_->stop();
}

Napi::Value SamplerWrap::drain(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const profile::Batch& batch = client_->sampler().drain();
  Napi::Object rows = Napi::Object::New(env);
  rows.Set("tree", rowsOf(env, batch, profile::TableId::tree));
  rows.Set("resident", rowsOf(env, batch, profile::TableId::resident));
  rows.Set("measured", rowsOf(env, batch, profile::TableId::measured));
  const Napi::Array events = Napi::Array::New(env, batch.events().size());
  uint32_t index = 0;
  for (const profile::Event& event : batch.events()) {
    const Napi::HandleScope scope(env);
    events.Set(index++, describe(env, batch, event));
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("rows", rows);
  result.Set("events", events);
  return result;
}

Napi::Value SamplerWrap::measureNow(const Napi::CallbackInfo& info) {
  client_->sampler().measureNow();
  return info.Env().Undefined();
}

Napi::Value SamplerWrap::rootEnded(const Napi::CallbackInfo& info) {
  Args args(info, "rootEnded");
  const double code = args.at(0).IsNumber() ? args.at(0).As<Napi::Number>().DoubleValue() : -1;
  const int signal = args.fd(1, "signal");
  if (args.ok()) client_->sampler().rootEnded({static_cast<int>(code), signal});
  return info.Env().Undefined();
}

Napi::Value SamplerWrap::figures(const Napi::CallbackInfo& info) {
  const profile::SamplerFigures figures = client_->sampler().figures();
  const Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  result.Set("ticks", static_cast<double>(figures.ticks));
  result.Set("missedTicks", static_cast<double>(figures.missedTicks));
  result.Set("cpuMs", figures.cpuMs);
  result.Set("peakBytes", static_cast<double>(figures.peakBytes));
  result.Set("lost", static_cast<double>(figures.losses));
  result.Set("refused", static_cast<double>(figures.refusals));
  result.Set("isTreeAlive", figures.isTreeAlive);
  if (figures.cgroupPeakBytes) result.Set("cgroupPeakBytes", static_cast<double>(*figures.cgroupPeakBytes));
  result.Set("oomKills", static_cast<double>(figures.oomKills));
  return result;
}

Napi::Value SamplerWrap::stop(const Napi::CallbackInfo& info) {
  client_->stop();
  return info.Env().Undefined();
}

}  // namespace mm
