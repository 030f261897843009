#include "pump_client.h"

#include "throw_status.h"

namespace mm {

/// Resolves or rejects with what has arrived; false when nothing has.
bool PumpClient::settle(Napi::Env env, napi_deferred deferred) {
  PumpedFrame frame;
  const Result<bool> taken = pump_->take(frame);
  if (!taken.ok()) {
    napi_reject_deferred(env, deferred, statusError(env, taken.status).Value());
    return true;
  }
  if (!taken.value) return false;
  Napi::Object result = Napi::Object::New(env);
  result.Set("index", static_cast<double>(frame.index));
  result.Set("slot", static_cast<double>(frame.slot));
  result.Set("trailingBytes", static_cast<double>(frame.trailingBytes));
  napi_resolve_deferred(env, deferred, result);
  return true;
}

Napi::Value PumpClient::next(Napi::Env env, Napi::Object keepAlive) {
  napi_deferred deferred;
  napi_value promise;
  if (napi_create_promise(env, &deferred, &promise) != napi_ok)
    return throwStatus(env, {ENOMEM, "napi_create_promise"});
  if (!waiting_.empty() || !settle(env, deferred)) {
    if (waiting_.empty()) {
      keepAlive_ = Napi::Persistent(keepAlive);
      loop_->hold();
    }
    waiting_.push_back(deferred);
  }
  return Napi::Value(env, promise);
}

void PumpClient::deliver(Napi::Env env) {
  if (waiting_.empty()) return;
  const Napi::HandleScope scope(env);
  while (!waiting_.empty() && settle(env, waiting_.front())) waiting_.pop_front();
  if (!waiting_.empty()) return;
  keepAlive_.Reset();
  loop_->letGo();
}

void PumpClient::close(Napi::Env env) {
  pump_->close();
  deliver(env);
  loop_->remove(this);
}

void PumpClient::abandon() {
  pump_->close();
  if (loop_ != nullptr) loop_->remove(this);
}

void PumpClient::shutdown() {
  loop_ = nullptr;
  // Promises are left as they are: nobody can see them settle any more.
  pump_->close();
  waiting_.clear();
  keepAlive_.Reset();
}

}  // namespace mm
