#include "../core/linux/abstract_socket.h"
#include "../core/linux/handover.h"
#include "../core/linux/job_ledger.h"
#include "addon.h"
#include "args.h"
#include "handover_wrap.h"
#include "ledger_wrap.h"
#include "throw_status.h"

namespace mm {
namespace {

constexpr int kMostWaitMs = 10'000;

std::vector<SharedPart> readParts(Args& args, Napi::Value value) {
  std::vector<SharedPart> parts;
  if (!value.IsArray()) args.refuse("parts", "an array");
  if (!args.ok()) return parts;
  const Napi::Array list = value.As<Napi::Array>();
  for (uint32_t at = 0; at < list.Length() && args.ok(); ++at) {
    if (!list.Get(at).IsObject()) args.refuse("parts", "an array of objects");
    if (!args.ok()) break;
    const Napi::Object part = list.Get(at).As<Napi::Object>();
    const auto fd = static_cast<int>(args.integer(part, "fd", INT32_MAX));
    const uint64_t offset = args.integer(part, "offset");
    parts.push_back({fd, offset, args.integer(part, "length")});
  }
  return parts;
}

// handover(name: string, parts: SharedPart[], metadata: string): NativeHandover;
Napi::Value handover(const Napi::CallbackInfo& info) {
  Args args(info, "handover");
  const std::string name = args.text(0, "name");
  const std::vector<SharedPart> parts = readParts(args, args.at(1));
  const std::string metadata = args.text(2, "metadata");
  if (!args.ok()) return info.Env().Undefined();
  auto server = HandoverServer::start(name, parts, metadata);
  if (!server.ok()) return throwStatus(info.Env(), server.status);
  return HandoverWrap::create(info.Env(), std::move(server.value));
}

// receiveHandover(name: string, pid: number, timeoutMs: number): ReceivedHandover;
Napi::Value receive(const Napi::CallbackInfo& info) {
  Args args(info, "receiveHandover");
  const std::string name = args.text(0, "name");
  const pid_t pid = args.fd(1, "pid");
  const int timeoutMs = static_cast<int>(args.integer(2, "timeoutMs", kMostWaitMs));
  if (!args.ok()) return info.Env().Undefined();
  auto received = receiveHandover(name, pid, timeoutMs);
  if (!received.ok()) return throwStatus(info.Env(), received.status);
  Napi::Array parts = Napi::Array::New(info.Env());
  for (Handover::Part& part : received.value.parts) {
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("fd", part.fd.release());
    object.Set("offset", static_cast<double>(part.offset));
    object.Set("length", static_cast<double>(part.length));
    parts.Set(parts.Length(), object);
  }
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("parts", parts);
  result.Set("metadata", Napi::String::New(info.Env(), received.value.metadata));
  return result;
}

// takeName(name: string): number;
Napi::Value takeName(const Napi::CallbackInfo& info) {
  Args args(info, "takeName");
  const std::string name = args.text(0, "name");
  if (!args.ok()) return info.Env().Undefined();
  Result<UniqueFd> taken = listenAbstract(name);
  if (!taken.ok()) return throwStatus(info.Env(), taken.status);
  return Napi::Number::New(info.Env(), taken.value.release());
}

Napi::Value ledger(Napi::Env env, Result<std::unique_ptr<JobLedger>> result) {
  return result.ok() ? LedgerWrap::create(env, std::move(result.value)) : throwStatus(env, result.status);
}

// jobLedgerCreate(): NativeJobLedger;
Napi::Value jobLedgerCreate(const Napi::CallbackInfo& info) {
  return ledger(info.Env(), JobLedger::create());
}

// jobLedgerOpen(fd: number): NativeJobLedger;
Napi::Value jobLedgerOpen(const Napi::CallbackInfo& info) {
  Args args(info, "jobLedgerOpen");
  const int fd = args.fd(0, "fd");
  if (!args.ok()) return info.Env().Undefined();
  return ledger(info.Env(), JobLedger::open(fd));
}

}  // namespace

void registerShare(Napi::Env env, Napi::Object exports) {
  exports.Set("handover", Napi::Function::New(env, handover, "handover"));
  exports.Set("receiveHandover", Napi::Function::New(env, receive, "receiveHandover"));
  exports.Set("takeName", Napi::Function::New(env, takeName, "takeName"));
  exports.Set("jobLedgerCreate", Napi::Function::New(env, jobLedgerCreate, "jobLedgerCreate"));
  exports.Set("jobLedgerOpen", Napi::Function::New(env, jobLedgerOpen, "jobLedgerOpen"));
}

}  // namespace mm
