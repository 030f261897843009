#include "message_parser_wrap.h"

#include <cerrno>
#include <vector>

#include "addon.h"
#include "args.h"
#include "job_client.h"
#include "throw_status.h"

namespace mm {

void MessageParserWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativeMessageParser",
                                                 {
                                                     // parse(request: ParseRequest): Promise<readonly ParseOutcome[]>;
                                                     InstanceMethod<&MessageParserWrap::parse>("parse"),
                                                     // progress(): ParseProgress;
                                                     InstanceMethod<&MessageParserWrap::progress>("progress"),
                                                     // cancel(): void;
                                                     InstanceMethod<&MessageParserWrap::cancel>("cancel"),
                                                     // close(): void;
                                                     InstanceMethod<&MessageParserWrap::close>("close"),
                                                 });
  state.messageParserClass = Napi::Persistent(constructor);
}

Napi::Value MessageParserWrap::create(Napi::Env env, std::shared_ptr<MessageParsing> parsing) {
  return construct(env, AddonState::of(env).messageParserClass, std::move(parsing));
}

MessageParserWrap::MessageParserWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<MessageParserWrap>(info) {
  parsing_ = takeConstructed<MessageParsing>(info.Env());
}

Napi::Value MessageParserWrap::parse(const Napi::CallbackInfo& info) {
  struct Job {
    OwnedParseRequest request;
    std::vector<ParseOutcome> outcomes;
    size_t count = 0;
  };
  Args args(info, "parse");
  const auto job = std::make_shared<Job>();
  job->request = readParseRequest(args, args.object(0, "request"));
  if (!args.ok()) return info.Env().Undefined();
  if (!parsing_ || isRunning_) return throwStatus(info.Env(), {parsing_ ? EBUSY : EBADF, "parse"});
  isRunning_ = true;
  job->outcomes.resize(job->request.inputs.size());
  // The counters of all messages and of the job lie together.
  const std::shared_ptr<Progress> progress(parsing_, &parsing_->progress().job);
  return JobClient::start(
      info.Env(), "mm-parse", progress, info.This().As<Napi::Object>(),
      [parsing = parsing_, job] { return parsing->parse(job->request, job->outcomes, job->count); },
      [job](Napi::Env env) { return parseOutcomes(env, std::span(job->outcomes).first(job->count)); }, [this] { isRunning_ = false; });
}

Napi::Value MessageParserWrap::progress(const Napi::CallbackInfo& info) {
  if (!parsing_) return throwStatus(info.Env(), {EBADF, "progress"});
  return parseProgress(info.Env(), parsing_->progress(), parsing_->disk());
}

Napi::Value MessageParserWrap::cancel(const Napi::CallbackInfo& info) {
  if (parsing_) parsing_->progress().job.cancelled.store(true);
  return info.Env().Undefined();
}

Napi::Value MessageParserWrap::close(const Napi::CallbackInfo& info) {
  if (isRunning_) return throwStatus(info.Env(), {EBUSY, "close"});
  parsing_.reset();
  return info.Env().Undefined();
}

}  // namespace mm
