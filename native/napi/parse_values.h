#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "../xml/message_parser.h"
#include "args.h"

namespace mm {

/// A request with what it points to. Not to be moved once bound.
struct OwnedParseRequest {
  std::vector<std::string> names;
  std::vector<ParseInput> inputs;
  ParseRequest request;
  /// Among the parser's columns, by ParseTable.
  size_t table = 0;
  uint64_t diskLimitBytes = 0;

  /// With the spans as they are where this lies.
  const ParseRequest& bound();
};

// The requests and outcomes of parse-types.ts. A request that is wrong makes `args` not ok.
OwnedParseRequest readParseRequest(Args& args, Napi::Object object);
Napi::Value parseOutcomes(Napi::Env env, std::span<const ParseOutcome> outcomes);
Napi::Value parseProgress(Napi::Env env, const ParseProgress& progress, const DiskAllowance& disk);

}  // namespace mm
