#pragma once

#include <napi.h>

#include <memory>

#include "../core/linux/handover.h"
#include "event_loop.h"

namespace mm {

struct AddonState;

/// Ends the server's thread when the environment ends.
class HandoverClient : public LoopClient {
 public:
  explicit HandoverClient(std::unique_ptr<HandoverServer> server) : server(std::move(server)) {}
  void deliver(Napi::Env) override {}
  void shutdown() override { server.reset(); }

  /// nullptr once closed.
  std::unique_ptr<HandoverServer> server;
};

/// NativeHandover of types.ts.
class HandoverWrap : public Napi::ObjectWrap<HandoverWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env, std::unique_ptr<HandoverServer> server);

  explicit HandoverWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value answered(const Napi::CallbackInfo& info);
  Napi::Value refused(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<HandoverClient> client_;
};

}  // namespace mm
