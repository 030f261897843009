#include "child_client.h"

namespace mm {

Napi::Object exitValue(Napi::Env env, const ChildExit& exit) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("code", exit.code);
  result.Set("signal", exit.signal);
  result.Set("maxResidentBytes", static_cast<double>(exit.maxResidentBytes));
  result.Set("userMs", exit.userMs);
  result.Set("systemMs", exit.systemMs);
  return result;
}

ChildClient::ChildClient(EventLoop& loop, pid_t pid, bool leadsGroup, Napi::Function onExit)
    : loop_(loop), waiter_(std::make_unique<ChildWaiter>(pid, leadsGroup)), onExit_(Napi::Persistent(onExit)) {}

Status ChildClient::start(EventLoop& loop, pid_t pid, bool leadsGroup, Napi::Function onExit) {
  auto client = std::make_shared<ChildClient>(loop, pid, leadsGroup, onExit);
  const Status started = client->waiter_->start(loop.waker());
  if (!started.ok()) return started;
  loop.add(client);
  loop.hold();
  return started;
}

void ChildClient::deliver(Napi::Env env) {
  ChildExit exit;
  if (!waiter_ || !waiter_->take(exit)) return;
  waiter_.reset();
  loop_.remove(this);
  loop_.letGo();

  const Napi::HandleScope scope(env);
  callFromLoop(env, onExit_.Value(), exitValue(env, exit));
}

void ChildClient::shutdown() {
  waiter_.reset();
  onExit_.Reset();
}

}  // namespace mm
