#pragma once

#include <pthread.h>

#include <functional>

#include "../status.h"

namespace mm {

/// A thread with a small stack that no signal is delivered to. Joined by `join`, at the latest by the destructor.
class Thread {
 public:
  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() { join(); }

  /// name: at most 15 characters (pthread_setname_np(3)). The body must not throw.
  Status start(const char* name, std::function<void()> body);
  void join();

 private:
  static void* run(void* self);

  std::function<void()> body_;
  pthread_t thread_{};
  bool running_ = false;
};

}  // namespace mm
