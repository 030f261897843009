#include "job_client.h"

#include <cerrno>

#include "addon.h"
#include "throw_status.h"

namespace mm {

JobClient::JobClient(EventLoop& loop, std::shared_ptr<Progress> progress, Napi::Object keepAlive, Body body, Describe describe,
                     Ended ended)
    : loop_(&loop),
      progress_(std::move(progress)),
      keepAlive_(Napi::Persistent(keepAlive)),
      body_(std::move(body)),
      describe_(std::move(describe)),
      onEnd_(std::move(ended)) {}

Napi::Value JobClient::start(Napi::Env env, const char* name, std::shared_ptr<Progress> progress, Napi::Object keepAlive, Body body,
                             Describe describe, Ended ended) {
  EventLoop& loop = AddonState::of(env).loop;
  auto client = std::make_shared<JobClient>(loop, std::move(progress), keepAlive, std::move(body), std::move(describe), std::move(ended));
  napi_value promise;
  if (napi_create_promise(env, &client->deferred_, &promise) != napi_ok) return throwStatus(env, {ENOMEM, "napi_create_promise"});
  loop.add(client);
  loop.hold();
  // The client outlives its thread: it is joined before the loop lets go of it.
  JobClient* self = client.get();
  const Status started = client->thread_.start(name, [self, wake = loop.waker()] {
    self->outcome_ = self->body_();
    self->ended_.store(true, std::memory_order_release);
    wake();
  });
  if (!started.ok()) {
    client->outcome_ = Outcome::failed(started);
    client->ended_.store(true);
    client->deliver(env);
  }
  return Napi::Value(env, promise);
}

void JobClient::deliver(Napi::Env env) {
  if (loop_ == nullptr || !ended_.load(std::memory_order_acquire)) return;
  thread_.join();
  const Napi::HandleScope scope(env);
  EventLoop* loop = std::exchange(loop_, nullptr);
  onEnd_();
  if (outcome_.ok()) {
    napi_resolve_deferred(env, deferred_, describe_(env));
  } else {
    napi_reject_deferred(env, deferred_, outcomeError(env, outcome_).Value());
  }
  keepAlive_.Reset();
  loop->letGo();
  loop->remove(this);
}

void JobClient::shutdown() {
  // The promise is left as it is: nobody can see it settle any more.
  loop_ = nullptr;
  progress_->cancelled.store(true);
  thread_.join();
  keepAlive_.Reset();
}

Napi::Error outcomeError(Napi::Env env, const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::cancelled:
      return statusError(env, {ECANCELED, "cancelled"});
    case Outcome::Kind::memory: {
      Napi::Error error = statusError(env, {ENOMEM, "grant"});
      error.Set("lackingBytes", static_cast<double>(outcome.value));
      return error;
    }
    case Outcome::Kind::disk: {
      Napi::Error error = statusError(env, {ENOSPC, "spill"});
      error.Set("lackingBytes", static_cast<double>(outcome.value));
      return error;
    }
    case Outcome::Kind::malformed: {
      Napi::Error error = statusError(env, {EBADMSG, outcome.what});
      error.Set("offset", static_cast<double>(outcome.value));
      return error;
    }
    case Outcome::Kind::done:
    case Outcome::Kind::io:
      break;
  }
  return statusError(env, outcome.status);
}

}  // namespace mm
