#pragma once

#include <napi.h>

#include <memory>

#include "message_parsing.h"

namespace mm {

struct AddonState;

/// NativeMessageParser of parse-types.ts.
class MessageParserWrap : public Napi::ObjectWrap<MessageParserWrap> {
 public:
  static void define(AddonState& state, Napi::Env env);
  static Napi::Value create(Napi::Env env, std::shared_ptr<MessageParsing> parsing);

  explicit MessageParserWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value parse(const Napi::CallbackInfo& info);
  Napi::Value progress(const Napi::CallbackInfo& info);
  Napi::Value cancel(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<MessageParsing> parsing_;
  bool isRunning_ = false;
};

}  // namespace mm
