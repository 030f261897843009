#pragma once

#include <napi.h>

#include <memory>

#include "../core/linux/child.h"
#include "event_loop.h"

namespace mm {

/// ChildExit of types.ts.
Napi::Object exitValue(Napi::Env env, const ChildExit& exit);

/// Delivers the exit of one child to its callback, exactly once. Holds the loop open until then.
class ChildClient : public LoopClient {
 public:
  /// Starts waiting. On failure the child is killed and reaped.
  static Status start(EventLoop& loop, pid_t pid, bool leadsGroup, Napi::Function onExit);

  ChildClient(EventLoop& loop, pid_t pid, bool leadsGroup, Napi::Function onExit);
  void deliver(Napi::Env env) override;
  void shutdown() override;

 private:
  EventLoop& loop_;
  std::unique_ptr<ChildWaiter> waiter_;
  Napi::FunctionReference onExit_;
};

}  // namespace mm
