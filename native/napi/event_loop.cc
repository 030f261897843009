#include "event_loop.h"

#include <algorithm>

#include "throw_status.h"

namespace mm {

Napi::Value EventLoop::start(Napi::Env env) {
  env_ = env;
  gate_ = std::make_shared<Gate>();
  const Napi::String name = Napi::String::New(env, "mm");
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this,
                                                             &EventLoop::onWake, &gate_->function);
  if (status != napi_ok) return throwStatus(env, {EINVAL, "napi_create_threadsafe_function"});
  napi_unref_threadsafe_function(env, gate_->function);
  return env.Undefined();
}

void EventLoop::stop() {
  napi_threadsafe_function function;
  {
    const std::lock_guard lock(gate_->mutex);
    function = std::exchange(gate_->function, nullptr);
  }
  for (const auto& client : std::exchange(clients_, {})) client->shutdown();
  if (function != nullptr) napi_release_threadsafe_function(function, napi_tsfn_release);
}

void EventLoop::add(std::shared_ptr<LoopClient> client) {
  clients_.push_back(std::move(client));
}

void EventLoop::remove(const LoopClient* client) {
  std::erase_if(clients_, [client](const auto& known) { return known.get() == client; });
}

void EventLoop::hold() {
  if (holds_++ == 0 && gate_->function != nullptr) napi_ref_threadsafe_function(env_, gate_->function);
}

void EventLoop::letGo() {
  if (--holds_ == 0 && gate_->function != nullptr) napi_unref_threadsafe_function(env_, gate_->function);
}

std::function<void()> EventLoop::waker() const {
  return [gate = gate_] { gate->wake(); };
}

void EventLoop::Gate::wake() {
  if (pending.exchange(true)) return;
  const std::lock_guard lock(mutex);
  if (function == nullptr) return;
  // After any refusal the handle may not be touched again: napi_closing means the environment is going.
  if (napi_call_threadsafe_function(function, nullptr, napi_tsfn_nonblocking) != napi_ok) function = nullptr;
}

void EventLoop::onWake(napi_env env, napi_value, void* context, void*) {
  // Called without an environment for wakes that were queued when it ended.
  if (env == nullptr) return;
  auto* loop = static_cast<EventLoop*>(context);
  loop->gate_->pending.store(false);
  // A delivery may add or remove clients.
  const auto clients = loop->clients_;
  for (const auto& client : clients) client->deliver(Napi::Env(env));
}

void callFromLoop(Napi::Env env, const Napi::Function& function, napi_value argument) {
  const Napi::HandleScope scope(env);
  napi_value result;
  if (napi_call_function(env, env.Undefined(), function, 1, &argument, &result) != napi_pending_exception) return;
  napi_value exception;
  if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
}

}  // namespace mm
