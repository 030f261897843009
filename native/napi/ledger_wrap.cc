#include "ledger_wrap.h"

#include "addon.h"
#include "args.h"
#include "throw_status.h"

namespace mm {
namespace {

Napi::Value done(Napi::Env env, Status status) {
  return status.ok() ? env.Undefined() : throwStatus(env, status);
}

Napi::Value answer(Napi::Env env, const Result<bool>& result) {
  return result.ok() ? Napi::Boolean::New(env, result.value) : throwStatus(env, result.status);
}

std::optional<Claim> claimOf(const std::string& name) {
  if (name == "forced") return Claim::forced;
  if (name == "needed") return Claim::needed;
  if (name == "optional") return Claim::optional;
  return std::nullopt;
}

/// What other processes wrote may be any number; a JS number holds this many exactly.
double safe(uint64_t value) {
  return static_cast<double>(std::min(value, Args::kMaxSafeInteger));
}

}  // namespace

void LedgerWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(
      env, "NativeJobLedger",
      {
          // fd(): number;
          InstanceMethod<&LedgerWrap::fd>("fd"),
          // byteLength(): number;
          InstanceMethod<&LedgerWrap::byteLength>("byteLength"),
          // enter(command: string, heldBytes: number, kernelBytes: number, textBytes: number): boolean;
          InstanceMethod<&LedgerWrap::enter>("enter"),
          // hold(heldBytes: number, kernelBytes: number, limitBytes: number, claim: "forced" | "needed" | "optional"): boolean;
          InstanceMethod<&LedgerWrap::hold>("hold"),
          // queue(): void;
          InstanceMethod<&LedgerWrap::queue>("queue"),
          // isFirst(): boolean;
          InstanceMethod<&LedgerWrap::isFirst>("isFirst"),
          // leaveQueue(): void;
          InstanceMethod<&LedgerWrap::leaveQueue>("leaveQueue"),
          // setStalled(isStalled: boolean): void;
          InstanceMethod<&LedgerWrap::setStalled>("setStalled"),
          // publish(treeBytes: number): void;
          InstanceMethod<&LedgerWrap::publish>("publish"),
          // entries(): JobEntry[];
          InstanceMethod<&LedgerWrap::entries>("entries"),
          // leave(): void;
          InstanceMethod<&LedgerWrap::leave>("leave"),
          // close(): void;
          InstanceMethod<&LedgerWrap::close>("close"),
      });
  state.ledgerClass = Napi::Persistent(constructor);
}

Napi::Value LedgerWrap::create(Napi::Env env, std::unique_ptr<JobLedger> ledger) {
  AddonState& state = AddonState::of(env);
  auto client = std::make_shared<LedgerClient>(std::move(ledger));
  state.loop.add(client);
  return construct(env, state.ledgerClass, std::move(client));
}

LedgerWrap::LedgerWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LedgerWrap>(info) {
  client_ = takeConstructed<LedgerClient>(info.Env());
}

bool LedgerWrap::isOpen(Napi::Env env) const {
  if (client_->ledger) return true;
  throwStatus(env, {EBADF, "jobLedger"});
  return false;
}

Napi::Value LedgerWrap::fd(const Napi::CallbackInfo& info) {
  if (!isOpen(info.Env())) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), client_->ledger->fd());
}

Napi::Value LedgerWrap::byteLength(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(JobLedger::byteLength()));
}

Napi::Value LedgerWrap::enter(const Napi::CallbackInfo& info) {
  Args args(info, "ledgerEnter");
  const std::string command = args.text(0, "command");
  const uint64_t heldBytes = args.integer(1, "heldBytes");
  const uint64_t kernelBytes = args.integer(2, "kernelBytes");
  const uint64_t textBytes = args.integer(3, "textBytes");
  if (!args.ok() || !isOpen(info.Env())) return info.Env().Undefined();
  return answer(info.Env(), client_->ledger->enter(command, heldBytes, kernelBytes, textBytes));
}

Napi::Value LedgerWrap::hold(const Napi::CallbackInfo& info) {
  Args args(info, "ledgerHold");
  const uint64_t heldBytes = args.integer(0, "heldBytes");
  const uint64_t kernelBytes = args.integer(1, "kernelBytes");
  const uint64_t limitBytes = args.integer(2, "limitBytes");
  const auto claim = claimOf(args.text(3, "claim"));
  if (!claim) args.refuse("claim", "forced, needed or optional");
  if (!args.ok() || !isOpen(info.Env())) return info.Env().Undefined();
  return answer(info.Env(), client_->ledger->hold(heldBytes, kernelBytes, limitBytes, *claim));
}

Napi::Value LedgerWrap::queue(const Napi::CallbackInfo& info) {
  if (!isOpen(info.Env())) return info.Env().Undefined();
  return done(info.Env(), client_->ledger->queue());
}

Napi::Value LedgerWrap::isFirst(const Napi::CallbackInfo& info) {
  if (!isOpen(info.Env())) return info.Env().Undefined();
  return answer(info.Env(), client_->ledger->isFirst());
}

Napi::Value LedgerWrap::leaveQueue(const Napi::CallbackInfo& info) {
  if (!isOpen(info.Env())) return info.Env().Undefined();
  return done(info.Env(), client_->ledger->leaveQueue());
}

Napi::Value LedgerWrap::setStalled(const Napi::CallbackInfo& info) {
  Args args(info, "ledgerStall");
  const bool isStalled = args.boolean(0, "isStalled");
  if (!args.ok() || !isOpen(info.Env())) return info.Env().Undefined();
  return done(info.Env(), client_->ledger->setStalled(isStalled));
}

Napi::Value LedgerWrap::publish(const Napi::CallbackInfo& info) {
  Args args(info, "ledgerPublish");
  const uint64_t treeBytes = args.integer(0, "treeBytes");
  if (args.ok() && isOpen(info.Env())) client_->ledger->publish(treeBytes);
  return info.Env().Undefined();
}

Napi::Value LedgerWrap::entries(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!isOpen(env)) return env.Undefined();
  const auto entries = client_->ledger->entries();
  if (!entries.ok()) return throwStatus(env, entries.status);
  Napi::Array found = Napi::Array::New(env);
  for (const JobEntry& entry : entries.value) {
    Napi::Object job = Napi::Object::New(env);
    job.Set("pid", entry.pid);
    job.Set("command", Napi::String::New(env, entry.command));
    job.Set("heldBytes", safe(entry.heldBytes));
    job.Set("kernelBytes", safe(entry.kernelBytes));
    job.Set("textBytes", safe(entry.textBytes));
    job.Set("treeBytes", safe(entry.treeBytes));
    job.Set("isQueued", entry.ticket != 0);
    job.Set("isStalled", entry.isStalled);
    found.Set(found.Length(), job);
  }
  return found;
}

Napi::Value LedgerWrap::leave(const Napi::CallbackInfo& info) {
  if (isOpen(info.Env())) client_->ledger->leave();
  return info.Env().Undefined();
}

Napi::Value LedgerWrap::close(const Napi::CallbackInfo& info) {
  client_->shutdown();
  AddonState::of(info.Env()).loop.remove(client_.get());
  return info.Env().Undefined();
}

}  // namespace mm
