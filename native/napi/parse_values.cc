#include "parse_values.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace mm {
namespace {

constexpr uint32_t kMostInputs = 1 << 20;
constexpr uint64_t kMostChunkBytes = uint64_t{1} << 28;
constexpr uint64_t kMostBufferBytes = uint64_t{1} << 30;
constexpr uint64_t kMostDepth = 10'000;
/// As deep as a mapper has objects open, and a writer calls itself.
constexpr uint32_t kMostCompositeDepth = 256;

ParseFormat readFormat(Args& args, Napi::Object object) {
  const std::string name = args.text(object, "format");
  if (name == "json") return ParseFormat::json;
  if (name == "csv") return ParseFormat::csv;
  if (name != "ndjson") args.refuse("format", "ndjson, json or csv");
  return ParseFormat::ndjson;
}

size_t readTable(Args& args, Napi::Object object) {
  constexpr std::array<std::string_view, 4> kTables{"releases", "tracks", "deals", "parties"};
  const auto found = std::ranges::find(kTables, args.text(object, "table"));
  if (found == kTables.end()) args.refuse("table", "releases, tracks, deals or parties");
  return static_cast<size_t>(found - kTables.begin());
}

ParseFrame readFrame(Args& args, Napi::Object object) {
  const std::string name = args.text(object, "frame");
  if (name == "first") return ParseFrame::first;
  if (name == "following") return ParseFrame::following;
  if (name != "whole") args.refuse("frame", "whole, first or following");
  return ParseFrame::whole;
}

ParseMode readMode(Args& args, Napi::Object object) {
  const std::string name = args.text(object, "mode");
  if (name != "joined" && name != "records") args.refuse("mode", "joined or records");
  return name == "records" ? ParseMode::records : ParseMode::joined;
}

double readShare(Args& args, Napi::Object object, const char* name) {
  const Napi::Value value = args.ok() ? object.Get(name) : args.env().Undefined();
  const double share = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(share > 0 && share <= 1)) args.refuse(name, "a number above 0, up to 1");
  return share > 0 && share <= 1 ? share : 1;
}

void set(Napi::Object object, const char* name, uint64_t value) {
  object.Set(name, static_cast<double>(value));
}

void set(Napi::Object object, const char* name, std::string_view text) {
  object.Set(name, Napi::String::New(object.Env(), text.data(), text.size()));
}

Napi::Object failureOf(Napi::Env env, const ParseFailure& failure) {
  Napi::Object object = Napi::Object::New(env);
  set(object, "code", std::string_view(failure.code));
  set(object, "message", failure.message());
  set(object, "offset", failure.position.offset);
  set(object, "line", failure.position.line);
  set(object, "column", failure.position.column);
  return object;
}

Napi::Object stopOf(Napi::Env env, const Outcome& outcome) {
  Napi::Object object = Napi::Object::New(env);
  if (outcome.kind == Outcome::Kind::memory) {
    set(object, "code", std::string_view("ENOMEM"));
    set(object, "lackingBytes", outcome.value);
    return object;
  }
  set(object, "code", std::string_view(outcome.status.error == ESTALE ? "ESTALE" : "EIO"));
  set(object, "operation", std::string_view(outcome.status.operation));
  return object;
}

Napi::Object outcomeOf(Napi::Env env, const ParseOutcome& outcome) {
  Napi::Object object = Napi::Object::New(env);
  const ReadMessage& message = outcome.message;
  if (message.failure.isThere()) object.Set("failure", failureOf(env, message.failure));
  if (!outcome.stop.ok()) object.Set("stop", stopOf(env, outcome.stop));
  if (message.version != nullptr) {
    const std::span<const uint8_t> name = message.version->name;
    set(object, "version", std::string_view(reinterpret_cast<const char*>(name.data()), name.size()));
  }
  set(object, "bytes", message.bytes);
  set(object, "outputBytes", outcome.outputBytes);
  set(object, "elements", message.elements);
  set(object, "maxDepth", message.maxDepth);
  set(object, "releases", outcome.counts.releases);
  set(object, "tracks", outcome.counts.tracks);
  set(object, "deals", outcome.counts.deals);
  set(object, "parties", message.parties);
  set(object, "problems", outcome.counts.problems);
  set(object, "internedBytes", message.internedBytes);
  return object;
}

}  // namespace

const ParseRequest& OwnedParseRequest::bound() {
  for (size_t at = 0; at < inputs.size(); ++at) {
    inputs[at].name = {reinterpret_cast<const uint8_t*>(names[at].data()), names[at].size()};
  }
  request.inputs = inputs;
  return request;
}

OwnedParseRequest readParseRequest(Args& args, Napi::Object object) {
  OwnedParseRequest owned;
  ParseRequest& request = owned.request;
  request.mode = readMode(args, object);
  request.format = readFormat(args, object);
  owned.table = readTable(args, object);
  request.frame = readFrame(args, object);
  request.read.chunkBytes = args.integer(object, "chunkBytes", kMostChunkBytes);
  if (request.read.chunkBytes == 0) args.refuse("chunkBytes", "an integer from 1");
  request.bufferBytes = args.integer(object, "bufferBytes", kMostBufferBytes);
  request.flushBytes = static_cast<size_t>(static_cast<double>(request.bufferBytes) * readShare(args, object, "flushThreshold"));
  request.read.xml.depth = static_cast<uint32_t>(args.integer(object, "maxDepth", kMostDepth));
  if (request.read.xml.depth == 0) args.refuse("maxDepth", "an integer from 1");
  request.read.map.depth = std::min(request.read.xml.depth, kMostCompositeDepth);
  request.read.map.elements = args.integer(object, "maxElements");
  if (request.read.map.elements == 0) args.refuse("maxElements", "an integer from 1");
  owned.diskLimitBytes = args.integer(object, "diskLimitBytes");

  const Napi::Object list = args.object(object, "inputs");
  if (args.ok() && (!list.IsArray() || list.As<Napi::Array>().Length() > kMostInputs)) args.refuse("inputs", "an array");
  const uint32_t count = args.ok() ? list.As<Napi::Array>().Length() : 0;
  for (uint32_t at = 0; args.ok() && at < count; ++at) {
    const Napi::HandleScope scope(args.env());
    const Napi::Value value = list.Get(at);
    if (!value.IsObject()) {
      args.refuse("inputs", "an array of objects");
      break;
    }
    const Napi::Object input = value.As<Napi::Object>();
    owned.names.push_back(args.text(input, "name"));
    owned.inputs.push_back({{}, static_cast<int>(args.integer(input, "fd", INT32_MAX)), args.int32(input, "outputFd")});
  }
  return owned;
}

Napi::Value parseOutcomes(Napi::Env env, std::span<const ParseOutcome> outcomes) {
  Napi::Array array = Napi::Array::New(env, outcomes.size());
  for (uint32_t at = 0; at < outcomes.size(); ++at) {
    const Napi::HandleScope scope(env);
    array.Set(at, outcomeOf(env, outcomes[at]));
  }
  return array;
}

Napi::Value parseProgress(Napi::Env env, const ParseProgress& progress, const DiskAllowance& disk) {
  Napi::Object object = Napi::Object::New(env);
  set(object, "inputs", progress.inputs.load());
  set(object, "bytes", progress.bytes.load());
  set(object, "releases", progress.releases.load());
  set(object, "elements", progress.elements.load());
  set(object, "diskBytes", disk.usedBytes.load());
  set(object, "diskPeakBytes", disk.peakBytes.load());
  return object;
}

}  // namespace mm
