#include "thread.h"

#include <signal.h>

namespace mm {
namespace {

// The bodies here keep no big arrays: 256 KiB leaves room for an aligner's frames, the C library's thread-local storage and a sanitizer.
constexpr size_t kStackBytes = 256 * 1024;

}  // namespace

void* Thread::run(void* self) {
  static_cast<Thread*>(self)->body_();
  return nullptr;
}

Status Thread::start(const char* name, std::function<void()> body) {
  body_ = std::move(body);
  pthread_attr_t attributes;
  if (const int error = pthread_attr_init(&attributes)) return {error, "pthread_attr_init"};
  pthread_attr_setstacksize(&attributes, kStackBytes);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, &attributes, &Thread::run, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) return {error, "pthread_create"};
  running_ = true;
  pthread_setname_np(thread_, name);
  return {};
}

void Thread::join() {
  if (!running_) return;
  pthread_join(thread_, nullptr);
  running_ = false;
}

}  // namespace mm
