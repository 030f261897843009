#include "reduction_wrap.h"

#include <cerrno>

#include "addon.h"
#include "args.h"
#include "job_client.h"
#include "sequence_values.h"
#include "throw_status.h"

namespace mm {

void ReductionWrap::define(AddonState& state, Napi::Env env) {
  const Napi::Function constructor = DefineClass(env, "NativeReduction",
                                                 {
                                                     // ingest(request: IngestRequest): Promise<IngestCounts>;
                                                     InstanceMethod<&ReductionWrap::ingest>("ingest"),
                                                     // cluster(request: ClusterRequest): Promise<ClusterCounts>;
                                                     InstanceMethod<&ReductionWrap::cluster>("cluster"),
                                                     // measure(request: InputRequest): Promise<number>;
                                                     InstanceMethod<&ReductionWrap::measure>("measure"),
                                                     // write(request: ReducedOutputRequest): Promise<ReducedOutputCounts>;
                                                     InstanceMethod<&ReductionWrap::write>("write"),
                                                     // persist(sorter: SorterName, onlySpilled: boolean): Promise<SorterDescription | undefined>;
                                                     InstanceMethod<&ReductionWrap::persist>("persist"),
                                                     // adopt(sorter: SorterName, description: SorterDescription, input: IngestCounts): Promise<void>;
                                                     InstanceMethod<&ReductionWrap::adopt>("adopt"),
                                                     // forgetRanks(): void;
                                                     InstanceMethod<&ReductionWrap::forgetRanks>("forgetRanks"),
                                                     // progress(): StageProgress;
                                                     InstanceMethod<&ReductionWrap::progress>("progress"),
                                                     // cancel(): void;
                                                     InstanceMethod<&ReductionWrap::cancel>("cancel"),
                                                     // close(): void;
                                                     InstanceMethod<&ReductionWrap::close>("close"),
                                                 });
  state.reductionClass = Napi::Persistent(constructor);
}

Napi::Value ReductionWrap::create(Napi::Env env, std::shared_ptr<Reduction> reduction) {
  return construct(env, AddonState::of(env).reductionClass, std::move(reduction));
}

ReductionWrap::ReductionWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ReductionWrap>(info) {
  reduction_ = takeConstructed<Reduction>(info.Env());
}

bool ReductionWrap::isFree(Napi::Env env, const char* operation) const {
  if (reduction_ && !isRunning_) return true;
  throwStatus(env, {reduction_ ? EBUSY : EBADF, operation});
  return false;
}

Napi::Value ReductionWrap::run(const Napi::CallbackInfo& info, const char* name, std::function<Outcome(Reduction&)> stage,
                               std::function<Napi::Value(Napi::Env, const Reduction&)> describe) {
  isRunning_ = true;
  const auto reduction = reduction_;
  reduction->progress()->done.store(0);
  reduction->progress()->total.store(0);
  // The wrap is kept alive by the client until the promise is settled.
  const auto settled = [this] { isRunning_ = false; };
  return JobClient::start(
      info.Env(), name, reduction->progress(), info.This().As<Napi::Object>(), [reduction, stage] { return stage(*reduction); },
      [reduction, describe](Napi::Env env) { return describe(env, *reduction); }, settled);
}

Napi::Value ReductionWrap::ingest(const Napi::CallbackInfo& info) {
  Args args(info, "ingest");
  std::vector<InputFiles::Part> files;
  const IngestRequest request = readIngestRequest(args, args.object(0, "request"), files);
  if (!args.ok() || !isFree(info.Env(), "ingest")) return info.Env().Undefined();
  return run(
      info, "mm-ingest",
      [request, files = std::move(files)](Reduction& reduction) {
        IngestRequest whole = request;
        whole.windows.input = InputFiles(files);
        return reduction.ingest(whole);
      },
      [](Napi::Env env, const Reduction& reduction) { return ingestCounts(env, reduction.ingestCounts()); });
}

Napi::Value ReductionWrap::cluster(const Napi::CallbackInfo& info) {
  Args args(info, "cluster");
  const ClusterRequest request = readClusterRequest(args, args.object(0, "request"));
  if (!args.ok() || !isFree(info.Env(), "cluster")) return info.Env().Undefined();
  return run(
      info, "mm-cluster", [request](Reduction& reduction) { return reduction.cluster(request); },
      [](Napi::Env env, const Reduction& reduction) { return clusterCounts(env, reduction.clusterCounts()); });
}

Napi::Value ReductionWrap::measure(const Napi::CallbackInfo& info) {
  Args args(info, "measure");
  std::vector<InputFiles::Part> files;
  const InputWindowsRequest request = readWindowsRequest(args, args.object(0, "request"), files);
  if (!args.ok() || !isFree(info.Env(), "measure")) return info.Env().Undefined();
  return run(
      info, "mm-measure",
      [request, files = std::move(files)](Reduction& reduction) {
        InputWindowsRequest whole = request;
        whole.input = InputFiles(files);
        return reduction.measure(whole);
      },
      [](Napi::Env env, const Reduction& reduction) -> Napi::Value {
        return Napi::Number::New(env, static_cast<double>(reduction.representativeBytes()));
      });
}

Napi::Value ReductionWrap::write(const Napi::CallbackInfo& info) {
  Args args(info, "write");
  std::vector<InputFiles::Part> files;
  const OutputRequest request = readOutputRequest(args, args.object(0, "request"), files);
  if (!args.ok() || !isFree(info.Env(), "write")) return info.Env().Undefined();
  return run(
      info, "mm-write",
      [request, files = std::move(files)](Reduction& reduction) {
        OutputRequest whole = request;
        whole.windows.input = InputFiles(files);
        whole.inputSha256 = reduction.ingestCounts().sha256;
        whole.inputBytes = reduction.ingestCounts().inputBytes;
        whole.records = reduction.ingestCounts().records;
        return reduction.write(whole);
      },
      [](Napi::Env env, const Reduction& reduction) { return outputCounts(env, reduction.outputCounts()); });
}

Napi::Value ReductionWrap::persist(const Napi::CallbackInfo& info) {
  Args args(info, "persist");
  const Reduction::Sorter sorter = readSorterName(args, 0);
  const bool onlySpilled = args.boolean(1, "onlySpilled");
  if (!args.ok() || !isFree(info.Env(), "persist")) return info.Env().Undefined();
  return run(
      info, "mm-persist", [sorter, onlySpilled](Reduction& reduction) { return reduction.persist(sorter, onlySpilled); },
      [](Napi::Env env, const Reduction& reduction) {
        return reduction.persisted().has_value() ? sorterDescription(env, *reduction.persisted()) : env.Undefined();
      });
}

Napi::Value ReductionWrap::adopt(const Napi::CallbackInfo& info) {
  Args args(info, "adopt");
  const Reduction::Sorter sorter = readSorterName(args, 0);
  std::vector<SortedRun> runs;
  const SorterDescription description = readSorterDescription(args, args.object(1, "description"), runs);
  const IngestCounts input = readIngestCounts(args, args.object(2, "input"));
  if (!args.ok() || !isFree(info.Env(), "adopt")) return info.Env().Undefined();
  return run(
      info, "mm-adopt",
      [sorter, description, runs = std::move(runs), input](Reduction& reduction) {
        SorterDescription whole = description;
        whole.runs = runs;
        return reduction.adopt(sorter, whole, input);
      },
      [](Napi::Env env, const Reduction&) { return env.Undefined(); });
}

Napi::Value ReductionWrap::forgetRanks(const Napi::CallbackInfo& info) {
  if (!isFree(info.Env(), "forgetRanks")) return info.Env().Undefined();
  if (const Outcome forgotten = reduction_->forgetRanks(); !forgotten.ok()) return throwStatus(info.Env(), forgotten.status);
  return info.Env().Undefined();
}

Napi::Value ReductionWrap::progress(const Napi::CallbackInfo& info) {
  if (!reduction_) return throwStatus(info.Env(), {EBADF, "progress"});
  const DiskAllowance& disk = reduction_->disk();
  return stageProgress(info.Env(), *reduction_->progress(), disk.usedBytes.load(), disk.peakBytes.load());
}

Napi::Value ReductionWrap::cancel(const Napi::CallbackInfo& info) {
  if (reduction_) reduction_->progress()->cancelled.store(true);
  return info.Env().Undefined();
}

Napi::Value ReductionWrap::close(const Napi::CallbackInfo& info) {
  if (isRunning_) return throwStatus(info.Env(), {EBUSY, "close"});
  reduction_.reset();
  return info.Env().Undefined();
}

}  // namespace mm
