#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace mm {

/// Something whose results are made on another thread and delivered on the JS thread.
class LoopClient {
 public:
  virtual ~LoopClient() = default;
  /// On the JS thread, after a wake of any client.
  virtual void deliver(Napi::Env env) = 0;
  /// The environment ends: stop and join threads. JS must not be called.
  virtual void shutdown() = 0;
};

/// The one way from native threads to the JS thread of an environment. Wakes carry no data and merge, so they cost no
/// allocation; each client keeps its own results until it is asked for them.
class EventLoop {
 public:
  Napi::Value start(Napi::Env env);
  /// Shuts every client down and lets no further wake through. Called by the environment's cleanup hook.
  void stop();

  void add(std::shared_ptr<LoopClient> client);
  void remove(const LoopClient* client);
  /// Counted: while held, the environment stays alive.
  void hold();
  void letGo();
  /// A function for native threads; callable for ever, without effect after `stop`.
  std::function<void()> waker() const;

 private:
  /// Outlives the environment in the hands of native threads.
  struct Gate {
    std::mutex mutex;
    napi_threadsafe_function function = nullptr;
    std::atomic<bool> pending{false};
    void wake();
  };

  static void onWake(napi_env env, napi_value callback, void* context, void* data);

  Napi::Env env_{nullptr};
  std::shared_ptr<Gate> gate_;
  std::vector<std::shared_ptr<LoopClient>> clients_;
  uint32_t holds_ = 0;
};

/// Calls a JS function from `deliver`. An exception it throws becomes uncaught, as from any event handler.
void callFromLoop(Napi::Env env, const Napi::Function& function, napi_value argument);

}  // namespace mm
