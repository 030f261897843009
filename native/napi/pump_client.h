#pragma once

#include <napi.h>

#include <deque>
#include <memory>

#include "../core/linux/frame_pump.h"
#include "event_loop.h"

namespace mm {

/// Pairs frames that arrive on a pump's thread with the promises that wait for them, in order.
class PumpClient : public LoopClient {
 public:
  explicit PumpClient(EventLoop& loop) : loop_(&loop) {}

  /// Set once, before anything else is called.
  void own(std::unique_ptr<FramePump> pump) { pump_ = std::move(pump); }

  /// A promise for the next frame. `keepAlive` (the wrap) is held while it is unresolved.
  Napi::Value next(Napi::Env env, Napi::Object keepAlive);
  /// Stops the pump; promises still waiting get the end.
  void close(Napi::Env env);
  /// The same when the wrap was collected: no JS may run, and no promise can be waiting.
  void abandon();
  uint64_t framesRead() const { return pump_->framesRead(); }
  uint64_t bytesRead() const { return pump_->bytesRead(); }

  void deliver(Napi::Env env) override;
  void shutdown() override;

 private:
  bool settle(Napi::Env env, napi_deferred deferred);

  /// nullptr once the environment ends.
  EventLoop* loop_;
  std::unique_ptr<FramePump> pump_;
  std::deque<napi_deferred> waiting_;
  Napi::ObjectReference keepAlive_;
};

}  // namespace mm
