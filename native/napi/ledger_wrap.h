#pragma once

#include <napi.h>

#include <memory>

#include "../core/linux/job_ledger.h"
#include "event_loop.h"

namespace mm {

struct AddonState;

/// Gives the entry back when the environment ends.
class LedgerClient : public LoopClient {
 public:
  explicit LedgerClient(std::unique_ptr<JobLedger> ledger) : ledger(std::move(ledger)) {}
  void deliver(Napi::Env) override {}
  void shutdown() override { ledger.reset(); }

  /// nullptr once closed.
  std::unique_ptr<JobLedger> ledger;
};

/// NativeJobLedger of types.ts.
class LedgerWrap : public Napi::ObjectWrap<LedgerWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env, std::unique_ptr<JobLedger> ledger);

  explicit LedgerWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value fd(const Napi::CallbackInfo& info);
  Napi::Value byteLength(const Napi::CallbackInfo& info);
  Napi::Value enter(const Napi::CallbackInfo& info);
  Napi::Value hold(const Napi::CallbackInfo& info);
  Napi::Value queue(const Napi::CallbackInfo& info);
  Napi::Value isFirst(const Napi::CallbackInfo& info);
  Napi::Value leaveQueue(const Napi::CallbackInfo& info);
  Napi::Value setStalled(const Napi::CallbackInfo& info);
  Napi::Value publish(const Napi::CallbackInfo& info);
  Napi::Value entries(const Napi::CallbackInfo& info);
  Napi::Value leave(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  /// False with a pending exception after close.
  bool isOpen(Napi::Env env) const;

  std::shared_ptr<LedgerClient> client_;
};

}  // namespace mm
