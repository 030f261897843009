#pragma once

#include <napi.h>

#include "../sequence/hit_expansion.h"
#include "../sequence/ingest.h"
#include "../sequence/lift_index.h"
#include "../sequence/reduced_output.h"
#include "args.h"
#include "reduction.h"

namespace mm {

// The requests and counts of types.ts. A request that is wrong makes `args` not ok.
/// Into `files` go those of the input, of which the request, copied about, must be told where it is used.
InputWindowsRequest readWindowsRequest(Args& args, Napi::Object object, std::vector<InputFiles::Part>& files);
IngestRequest readIngestRequest(Args& args, Napi::Object object, std::vector<InputFiles::Part>& files);
ClusterRequest readClusterRequest(Args& args, Napi::Object object);
/// Without what ingest found out of the input.
OutputRequest readOutputRequest(Args& args, Napi::Object object, std::vector<InputFiles::Part>& files);
RestoreRequest readRestoreRequest(Args& args, Napi::Object object);
LiftIndexRequest readLiftIndexRequest(Args& args, Napi::Object object);
ExpandRequest readExpandRequest(Args& args, Napi::Object object);
Reduction::Sorter readSorterName(Args& args, size_t index);
/// Without the runs, which are read into `runs`.
SorterDescription readSorterDescription(Args& args, Napi::Object object, std::vector<SortedRun>& runs);
/// As far as later stages need them.
IngestCounts readIngestCounts(Args& args, Napi::Object object);

Napi::Value ingestCounts(Napi::Env env, const IngestCounts& counts);
Napi::Value clusterCounts(Napi::Env env, const ClusterCounts& counts);
Napi::Value outputCounts(Napi::Env env, const OutputCounts& counts);
Napi::Value restoreCounts(Napi::Env env, const RestoreCounts& counts);
Napi::Value liftIndexCounts(Napi::Env env, const LiftIndexCounts& counts);
Napi::Value expandCounts(Napi::Env env, const ExpandCounts& counts);
Napi::Value sorterDescription(Napi::Env env, const SorterDescription& description);
Napi::Value stageProgress(Napi::Env env, const Progress& progress, uint64_t diskBytes, uint64_t diskPeakBytes);

}  // namespace mm
