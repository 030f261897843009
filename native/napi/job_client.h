#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "../core/job.h"
#include "../core/linux/thread.h"
#include "event_loop.h"

namespace mm {

/// A stage that runs on a thread of its own, and the promise that waits for its end.
class JobClient : public LoopClient {
 public:
  using Body = std::function<Outcome()>;
  /// Makes the promise's value of a stage that is done. On the JS thread.
  using Describe = std::function<Napi::Value(Napi::Env)>;
  /// Called before the promise is settled, either way. On the JS thread.
  using Ended = std::function<void()>;

  /// The promise. `keepAlive` (the wrap) is held until it is settled. A cancelled stage rejects with ECANCELED.
  static Napi::Value start(Napi::Env env, const char* name, std::shared_ptr<Progress> progress, Napi::Object keepAlive, Body body,
                           Describe describe, Ended ended);

  JobClient(EventLoop& loop, std::shared_ptr<Progress> progress, Napi::Object keepAlive, Body body, Describe describe,
            Ended ended);
  void deliver(Napi::Env env) override;
  void shutdown() override;

 private:
  /// nullptr once the environment ends.
  EventLoop* loop_;
  std::shared_ptr<Progress> progress_;
  Napi::ObjectReference keepAlive_;
  Body body_;
  Describe describe_;
  Ended onEnd_;
  napi_deferred deferred_ = nullptr;
  Outcome outcome_;
  std::atomic<bool> ended_{false};
  Thread thread_;
};

/// An Error with `code` ("ECANCELED", "ENOMEM", "ENOSPC", "EBADMSG" or the errno of the call that failed), `errno`, `operation`; where they say
/// something `lackingBytes` (ENOMEM, ENOSPC) and `offset` (EBADMSG).
Napi::Error outcomeError(Napi::Env env, const Outcome& outcome);

}  // namespace mm
