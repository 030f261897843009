#include "sequence_values.h"

#include <bit>
#include <string>

namespace mm {
namespace {

constexpr uint32_t kMostThreads = 1024;

/// More than any sorter leaves.
constexpr uint32_t kMostRuns = 1 << 16;
/// More than a process may have open.
constexpr uint32_t kMostFiles = 1 << 20;

Alphabet readAlphabet(Args& args, Napi::Object object) {
  const std::string name = args.text(object, "alphabet");
  if (name != "protein" && name != "nucleotide") args.refuse("alphabet", "protein or nucleotide");
  return name == "protein" ? Alphabet::protein : Alphabet::nucleotide;
}

const char* alphabetName(Alphabet alphabet) {
  return alphabet == Alphabet::protein ? "protein" : "nucleotide";
}

CoverageMode readCoverageMode(Args& args, Napi::Object object) {
  const std::string name = args.text(object, "coverageMode");
  if (name != "member" && name != "both") args.refuse("coverageMode", "member or both");
  return name == "both" ? CoverageMode::both : CoverageMode::member;
}

ClusterFormat readClusterFormat(Args& args, Napi::Object object) {
  const std::string name = args.text(object, "clusterFormat");
  if (name == "clstr") return ClusterFormat::clstr;
  if (name == "uc") return ClusterFormat::uc;
  if (name != "tsv") args.refuse("clusterFormat", "tsv, clstr or uc");
  return ClusterFormat::tsv;
}

uint32_t readShare(Args& args, Napi::Object object, const char* name) {
  return static_cast<uint32_t>(args.integer(object, name, 10'000));
}

unsigned readThreads(Args& args, Napi::Object object) {
  const auto threads = static_cast<unsigned>(args.integer(object, "threads", kMostThreads));
  if (threads == 0) args.refuse("threads", "an integer from 1 to 1024");
  return threads;
}

int readFd(Args& args, Napi::Object object, const char* name) {
  return static_cast<int>(args.integer(object, name, INT32_MAX));
}

/// Of fewer than `most` items; refused and empty when it is none.
Napi::Array readArray(Args& args, Napi::Object object, const char* name, uint32_t most) {
  const Napi::Object value = args.object(object, name);
  if (args.ok() && value.IsArray() && value.As<Napi::Array>().Length() < most) return value.As<Napi::Array>();
  args.refuse(name, "an array");
  return Napi::Array::New(args.env());
}

template <size_t N>
Napi::Array numbers(Napi::Env env, const std::array<uint64_t, N>& values) {
  Napi::Array array = Napi::Array::New(env, N);
  for (size_t at = 0; at < N; ++at) array.Set(static_cast<uint32_t>(at), static_cast<double>(values[at]));
  return array;
}

void set(Napi::Object object, const char* name, uint64_t value) {
  object.Set(name, static_cast<double>(value));
}

std::string hex(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

/// Bytes of `hex`; refused when they are not exactly as many.
void readHex(Args& args, Napi::Object object, const char* name, std::span<uint8_t> bytes) {
  const std::string text = args.text(object, name);
  const auto digit = [](char each) { return each >= '0' && each <= '9' ? each - '0' : each >= 'a' && each <= 'f' ? each - 'a' + 10 : -1; };
  bool isHex = text.size() == 2 * bytes.size();
  for (size_t at = 0; isHex && at < bytes.size(); ++at) {
    const int high = digit(text[2 * at]);
    const int low = digit(text[2 * at + 1]);
    isHex = high >= 0 && low >= 0;
    bytes[at] = static_cast<uint8_t>(high * 16 + low);
  }
  if (!isHex) args.refuse(name, "hex digits");
}

}  // namespace

InputWindowsRequest readWindowsRequest(Args& args, Napi::Object object, std::vector<InputFiles::Part>& files) {
  InputWindowsRequest request;
  const Napi::Array array = readArray(args, object, "inputs", kMostFiles);
  for (uint32_t at = 0; args.ok() && at < array.Length(); ++at) {
    const Napi::Object item = args.object(array, std::to_string(at).c_str());
    const uint64_t begin = files.empty() ? 0 : files.back().end;
    files.push_back({readFd(args, item, "fd"), begin + args.integer(item, "byteLength")});
  }
  request.windowCount = static_cast<unsigned>(args.integer(object, "windowCount", 64));
  request.windowBytes = args.integer(object, "windowBytes", size_t{1} << 30);
  request.readsAhead = args.boolean(object, "readsAhead");
  if (request.windowCount < 2) args.refuse("windowCount", "an integer from 2 to 64");
  return request;
}

IngestRequest readIngestRequest(Args& args, Napi::Object object, std::vector<InputFiles::Part>& files) {
  IngestRequest request;
  request.windows = readWindowsRequest(args, object, files);
  request.alphabetIsGiven = args.ok() && !object.Get("alphabet").IsUndefined();
  if (request.alphabetIsGiven) request.alphabet = readAlphabet(args, object);
  request.packs = args.boolean(object, "packs");
  request.takesAnything = args.boolean(object, "takesAnything");
  request.columnAlignment = args.integer(object, "columnAlignment", 4096);
  if (!std::has_single_bit(request.columnAlignment)) args.refuse("columnAlignment", "a power of two");
  return request;
}

ClusterRequest readClusterRequest(Args& args, Napi::Object object) {
  ClusterRequest request;
  request.alphabet = readAlphabet(args, object);
  request.packs = args.boolean(object, "packs");
  request.identity = readShare(args, object, "identity");
  request.coverage = readShare(args, object, "coverage");
  request.coverageMode = readCoverageMode(args, object);
  request.bothStrands = args.boolean(object, "bothStrands");
  request.threads = readThreads(args, object);
  request.batchRecords = static_cast<uint32_t>(args.integer(object, "batchRecords", UINT32_MAX));
  request.prefetchDistance = static_cast<uint32_t>(args.integer(object, "prefetchDistance", 256));
  if (request.batchRecords == 0) args.refuse("batchRecords", "an integer from 1");
  return request;
}

OutputRequest readOutputRequest(Args& args, Napi::Object object, std::vector<InputFiles::Part>& files) {
  OutputRequest request;
  request.windows = readWindowsRequest(args, object, files);
  request.alphabet = readAlphabet(args, object);
  request.identity = readShare(args, object, "identity");
  request.coverage = readShare(args, object, "coverage");
  request.coverageMode = readCoverageMode(args, object);
  request.representatives = readFd(args, object, "representatives");
  request.deltas = readFd(args, object, "deltas");
  request.clusters = args.int32(object, "clusters");
  request.index = args.int32(object, "index");
  request.clusterFormat = readClusterFormat(args, object);
  return request;
}

RestoreRequest readRestoreRequest(Args& args, Napi::Object object) {
  RestoreRequest request;
  request.representatives = readFd(args, object, "representatives");
  request.representativesBytes = args.integer(object, "representativesBytes");
  request.deltas = readFd(args, object, "deltas");
  request.deltasBytes = args.integer(object, "deltasBytes");
  request.output = args.int32(object, "output");
  request.threads = readThreads(args, object);
  return request;
}

LiftIndexRequest readLiftIndexRequest(Args& args, Napi::Object object) {
  LiftIndexRequest request;
  request.representatives = readFd(args, object, "representatives");
  request.representativesBytes = args.integer(object, "representativesBytes");
  request.deltas = readFd(args, object, "deltas");
  request.deltasBytes = args.integer(object, "deltasBytes");
  return request;
}

ExpandRequest readExpandRequest(Args& args, Napi::Object object) {
  ExpandRequest request;
  request.hits = readFd(args, object, "hits");
  request.hitsBytes = args.integer(object, "hitsBytes");
  request.output = readFd(args, object, "output");
  return request;
}

Reduction::Sorter readSorterName(Args& args, size_t index) {
  const std::string name = args.text(index, "sorter");
  if (name != "ranks" && name != "assignments") args.refuse("sorter", "ranks or assignments");
  return name == "ranks" ? Reduction::Sorter::ranks : Reduction::Sorter::assignments;
}

SorterDescription readSorterDescription(Args& args, Napi::Object object, std::vector<SortedRun>& runs) {
  SorterDescription description;
  description.fileBytes = args.integer(object, "fileBytes");
  description.recordCount = args.integer(object, "records");
  description.longestRecordBytes = args.integer(object, "longestRecordBytes");
  const Napi::Array array = readArray(args, object, "runs", kMostRuns);
  for (uint32_t at = 0; args.ok() && at < array.Length(); ++at) {
    const Napi::Object item = args.object(array, std::to_string(at).c_str());
    SortedRun& run = runs.emplace_back();
    run.begin = args.integer(item, "begin");
    run.end = args.integer(item, "end");
    std::array<uint8_t, 8> hash{};
    readHex(args, item, "hash", hash);
    for (const uint8_t byte : hash) run.hash = run.hash << 8 | byte;
  }
  return description;
}

IngestCounts readIngestCounts(Args& args, Napi::Object object) {
  IngestCounts counts;
  counts.inputBytes = args.integer(object, "inputBytes");
  counts.records = args.integer(object, "records");
  counts.residues = args.integer(object, "residues");
  counts.alphabet = readAlphabet(args, object);
  readHex(args, object, "sha256", counts.sha256);
  return counts;
}

Napi::Value ingestCounts(Napi::Env env, const IngestCounts& counts) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "inputBytes", counts.inputBytes);
  set(result, "records", counts.records);
  set(result, "residues", counts.residues);
  set(result, "shortest", counts.shortest);
  set(result, "longest", counts.longest);
  set(result, "longestRecord", counts.longestRecord);
  set(result, "gcResidues", counts.gcResidues);
  result.Set("alphabet", alphabetName(counts.alphabet));
  result.Set("sha256", hex(counts.sha256));
  result.Set("lengths", numbers(env, counts.lengths));
  result.Set("gcContents", numbers(env, counts.gcContents));
  result.Set("complexities", numbers(env, counts.complexities));
  return result;
}

Napi::Value clusterCounts(Napi::Env env, const ClusterCounts& counts) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "representatives", counts.representatives);
  set(result, "members", counts.members);
  set(result, "exactDuplicates", counts.exactDuplicates);
  set(result, "rounds", counts.rounds);
  set(result, "alignments", counts.alignments);
  result.Set("identities", numbers(env, counts.identities));
  result.Set("clusterSizes", numbers(env, counts.clusterSizes));
  return result;
}

Napi::Value outputCounts(Napi::Env env, const OutputCounts& counts) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "representativeBytes", counts.representativeBytes);
  set(result, "deltaBytes", counts.deltaBytes);
  set(result, "clusterBytes", counts.clusterBytes);
  set(result, "unindexed", counts.unindexed);
  return result;
}

Napi::Value restoreCounts(Napi::Env env, const RestoreCounts& counts) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "records", counts.records);
  set(result, "outputBytes", counts.outputBytes);
  result.Set("sha256", hex(counts.sha256));
  result.Set("wantedSha256", hex(counts.wantedSha256));
  return result;
}

Napi::Value liftIndexCounts(Napi::Env env, const LiftIndexCounts& counts) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "representatives", counts.representatives);
  set(result, "members", counts.members);
  set(result, "stored", counts.stored);
  return result;
}

Napi::Value expandCounts(Napi::Env env, const ExpandCounts& counts) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "lines", counts.lines);
  set(result, "position", counts.position);
  set(result, "outputBytes", counts.outputBytes);
  for (size_t mark = 0; mark < kHitMarks; ++mark) {
    set(result, nameOf(static_cast<HitMark>(mark)).data(), counts.marks[mark]);
  }
  return result;
}

Napi::Value sorterDescription(Napi::Env env, const SorterDescription& description) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "fileBytes", description.fileBytes);
  set(result, "records", description.recordCount);
  set(result, "longestRecordBytes", description.longestRecordBytes);
  Napi::Array runs = Napi::Array::New(env, description.runs.size());
  uint32_t index = 0;
  for (const SortedRun& each : description.runs) {
    Napi::Object run = Napi::Object::New(env);
    set(run, "begin", each.begin);
    set(run, "end", each.end);
    std::array<uint8_t, 8> hash;
    for (size_t at = 0; at < hash.size(); ++at) hash[at] = static_cast<uint8_t>(each.hash >> (56 - 8 * at));
    run.Set("hash", hex(hash));
    runs.Set(index++, run);
  }
  result.Set("runs", runs);
  return result;
}

Napi::Value stageProgress(Napi::Env env, const Progress& progress, uint64_t diskBytes, uint64_t diskPeakBytes) {
  Napi::Object result = Napi::Object::New(env);
  set(result, "done", progress.done.load());
  set(result, "total", progress.total.load());
  set(result, "diskBytes", diskBytes);
  set(result, "diskPeakBytes", diskPeakBytes);
  return result;
}

}  // namespace mm
