#include <cerrno>

#include "addon.h"
#include "args.h"
#include "message_parser_wrap.h"
#include "segment_wrap.h"
#include "throw_status.h"

namespace mm {
namespace {

// messageParser(segment: NativeSegment, options: MessageParserOptions): NativeMessageParser;
Napi::Value messageParser(const Napi::CallbackInfo& info) {
  Args args(info, "messageParser");
  const SegmentWrap* segment = SegmentWrap::unwrap(args.at(0));
  if (segment == nullptr || segment->region()->closed()) args.refuse("segment", "an open NativeSegment");
  ParserOptions options = readParserOptions(args, args.object(1, "options"));
  if (!args.ok()) return info.Env().Undefined();
  if (options.tableBytes() > segment->region()->byteLength()) return throwStatus(info.Env(), {ENOMEM, "messageParser"});
  auto parsing = std::make_shared<MessageParsing>(segment->region(), std::move(options));
  if (!parsing->loadTables()) return throwStatus(info.Env(), {EINVAL, "messageParser"});
  return MessageParserWrap::create(info.Env(), std::move(parsing));
}

// fewestParserBytes(options: MessageParserOptions, request: ParseRequest): number;
Napi::Value fewestParserBytes(const Napi::CallbackInfo& info) {
  Args args(info, "fewestParserBytes");
  const ParserOptions options = readParserOptions(args, args.object(0, "options"));
  if (!args.ok()) return info.Env().Undefined();
  const OwnedParseRequest request = readParseRequest(args, args.object(1, "request"));
  if (!args.ok()) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(options.tableBytes() + fewestParseBytes(request.request)));
}

}  // namespace

void registerParse(Napi::Env env, Napi::Object exports) {
  exports.Set("messageParser", Napi::Function::New(env, messageParser, "messageParser"));
  exports.Set("fewestParserBytes", Napi::Function::New(env, fewestParserBytes, "fewestParserBytes"));
}

}  // namespace mm
