#include <algorithm>

#include "addon.h"
#include "args.h"
#include "expansion_wrap.h"
#include "reduction_wrap.h"
#include "restoration_wrap.h"
#include "segment_wrap.h"
#include "sequence_values.h"
#include "throw_status.h"

namespace mm {
namespace {

std::shared_ptr<Region> readRegion(Args& args) {
  const SegmentWrap* segment = SegmentWrap::unwrap(args.at(0));
  if (segment != nullptr && !segment->region()->closed()) return segment->region();
  args.refuse("segment", "an open NativeSegment");
  return nullptr;
}

// reduction(segment: NativeSegment, options: ReductionOptions): NativeReduction;
Napi::Value reduction(const Napi::CallbackInfo& info) {
  Args args(info, "reduction");
  const auto region = readRegion(args);
  const Napi::Object options = args.object(1, "options");
  const Reduction::Options values{args.integer(options, "rankBytes"), args.integer(options, "assignmentBytes"),
                                  args.integer(options, "diskLimitBytes"), args.boolean(options, "keepsRanks")};
  const std::vector<int> files = args.descriptors(options, "files");
  if (files.size() != 5) args.refuse("files", "five descriptors");
  if (args.ok() && values.rankBytes + values.assignmentBytes > region->byteLength()) args.refuse("rankBytes", "within the segment");
  if (!args.ok()) return info.Env().Undefined();
  const Reduction::Files spill{files[0], files[1], files[2], files[3], files[4]};
  return ReductionWrap::create(info.Env(), std::make_shared<Reduction>(region, values, spill));
}

// restoration(segment: NativeSegment): NativeRestoration;
Napi::Value restoration(const Napi::CallbackInfo& info) {
  Args args(info, "restoration");
  auto region = readRegion(args);
  if (!args.ok()) return info.Env().Undefined();
  return RestorationWrap::create(info.Env(), std::make_shared<Restoration>(std::move(region)));
}

// expansion(segment: NativeSegment, options: ExpansionOptions): NativeExpansion;
Napi::Value expansion(const Napi::CallbackInfo& info) {
  Args args(info, "expansion");
  auto region = readRegion(args);
  const Napi::Object options = args.object(1, "options");
  const uint64_t diskLimitBytes = args.integer(options, "diskLimitBytes");
  const std::vector<int> files = args.descriptors(options, "files");
  if (files.size() != 4) args.refuse("files", "four descriptors");
  if (!args.ok()) return info.Env().Undefined();
  const Expansion::Files spill{files[0], files[1], files[2], files[3]};
  return ExpansionWrap::create(info.Env(), std::make_shared<Expansion>(std::move(region), spill, diskLimitBytes));
}

// ingestBytes(request: IngestRequest): number;
Napi::Value ingestMemory(const Napi::CallbackInfo& info) {
  Args args(info, "ingestBytes");
  std::vector<InputFiles::Part> files;
  const IngestRequest request = readIngestRequest(args, args.object(0, "request"), files);
  if (!args.ok()) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(ingestBytes(request)));
}

// fewestClusterBytes(request: ClusterRequest, longestLength: number): number;
Napi::Value clusterMemory(const Napi::CallbackInfo& info) {
  Args args(info, "fewestClusterBytes");
  const ClusterRequest request = readClusterRequest(args, args.object(0, "request"));
  const uint64_t longestLength = args.integer(1, "longestLength");
  if (!args.ok()) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(fewestClusterBytes(request, longestLength)));
}

// fewestOutputBytes(request: ReducedOutputRequest): number;
Napi::Value outputMemory(const Napi::CallbackInfo& info) {
  Args args(info, "fewestOutputBytes");
  std::vector<InputFiles::Part> files;
  const OutputRequest request = readOutputRequest(args, args.object(0, "request"), files);
  if (!args.ok()) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(fewestOutputBytes(request)));
}

// fewestRestoreBytes(threads: number): number;
Napi::Value restoreMemory(const Napi::CallbackInfo& info) {
  Args args(info, "fewestRestoreBytes");
  const uint32_t threads = args.index(0, "threads");
  if (!args.ok()) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(fewestRestoreBytes(threads)));
}

// fewestExpansionBytes(): number;
Napi::Value expansionMemory(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(std::max(fewestLiftIndexBytes(), fewestExpandBytes())));
}

}  // namespace

void registerSequence(Napi::Env env, Napi::Object exports) {
  exports.Set("reduction", Napi::Function::New(env, reduction, "reduction"));
  exports.Set("restoration", Napi::Function::New(env, restoration, "restoration"));
  exports.Set("expansion", Napi::Function::New(env, expansion, "expansion"));
  exports.Set("ingestBytes", Napi::Function::New(env, ingestMemory, "ingestBytes"));
  exports.Set("fewestClusterBytes", Napi::Function::New(env, clusterMemory, "fewestClusterBytes"));
  exports.Set("fewestOutputBytes", Napi::Function::New(env, outputMemory, "fewestOutputBytes"));
  exports.Set("fewestRestoreBytes", Napi::Function::New(env, restoreMemory, "fewestRestoreBytes"));
  exports.Set("fewestExpansionBytes", Napi::Function::New(env, expansionMemory, "fewestExpansionBytes"));
}

}  // namespace mm
