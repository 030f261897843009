#include "../core/linux/allocator.h"
#include "../core/linux/file_system.h"
#include "../core/linux/pipe.h"
#include "../core/linux/procfs.h"
#include "../core/linux/region.h"
#include "../core/linux/spawn.h"
#include "addon.h"
#include "args.h"
#include "child_client.h"
#include "profile_tracer.h"
#include "throw_status.h"

namespace mm {
namespace {

Napi::Value done(Napi::Env env, Status status) {
  return status.ok() ? env.Undefined() : throwStatus(env, status);
}

// pipe(sizeBytes: number): { readonly readFd: number; readonly writeFd: number; readonly sizeBytes: number };
Napi::Value pipe(const Napi::CallbackInfo& info) {
  Args args(info, "pipe");
  const size_t sizeBytes = args.bytes(0, "sizeBytes");
  if (!args.ok()) return info.Env().Undefined();
  Result<Pipe> opened = openPipe(sizeBytes);
  if (!opened.ok()) return throwStatus(info.Env(), opened.status);
  Napi::Object ends = Napi::Object::New(info.Env());
  ends.Set("readFd", opened.value.reader.release());
  ends.Set("writeFd", opened.value.writer.release());
  ends.Set("sizeBytes", static_cast<double>(opened.value.sizeBytes));
  return ends;
}

SpawnLimits readLimits(Args& args, Napi::Object options) {
  SpawnLimits limits;
  if (!args.ok()) return limits;
  const Napi::Value value = options.Get("limits");
  if (!value.IsObject()) args.refuse("limits", "an object");
  if (!args.ok()) return limits;
  const Napi::Object object = value.As<Napi::Object>();
  limits.dataBytes = args.optionalInteger(object, "dataBytes");
  limits.coreBytes = args.optionalInteger(object, "coreBytes");
  limits.fileSizeBytes = args.optionalInteger(object, "fileSizeBytes");
  limits.openFiles = args.optionalInteger(object, "openFiles");
  limits.cpuSeconds = args.optionalInteger(object, "cpuSeconds");
  limits.noSockets = args.optionalBoolean(object, "noSockets");
  return limits;
}

// spawn(options: SpawnOptions, onExit: (exit: ChildExit) => void): number;
Napi::Value spawn(const Napi::CallbackInfo& info) {
  Args args(info, "spawn");
  const Napi::Env env = info.Env();
  const Napi::Object options = args.object(0, "options");
  const Napi::Function onExit = args.function(1, "onExit");
  SpawnRequest request;
  request.file = args.text(options, "file");
  request.args = args.texts(options, "args");
  request.env = args.texts(options, "env");
  request.cwd = args.text(options, "cwd");
  request.stdio = args.descriptors(options, "stdio");
  request.limits = readLimits(args, options);
  request.oomScoreAdj = args.int32(options, "oomScoreAdj");
  request.niceness = args.int32(options, "niceness");
  request.isGuest = args.optionalBoolean(options, "isGuest");
  request.outlivesParent = args.optionalBoolean(options, "outlivesParent");
  request.cgroupProcs = args.optionalText(options, "cgroupProcs");
  if (request.args.empty()) args.refuse("args", "an array with the program name first");
  if (!args.ok()) return env.Undefined();

  if (TracerWrap* tracer = TracerWrap::unwrap(options.Get("tracer"))) {
    const Result<pid_t> traced = tracer->client().start(request, onExit);
    return traced.ok() ? Napi::Number::New(env, traced.value) : throwStatus(env, traced.status);
  }
  const Result<pid_t> pid = spawnProcess(request);
  if (!pid.ok()) return throwStatus(env, pid.status);
  const Status waiting = ChildClient::start(AddonState::of(env).loop, pid.value, !request.isGuest, onExit);
  return waiting.ok() ? Napi::Number::New(env, pid.value) : throwStatus(env, waiting);
}

// reapAdopted(pid: number): boolean;
Napi::Value reapAdoptedChild(const Napi::CallbackInfo& info) {
  Args args(info, "reapAdopted");
  const pid_t pid = args.fd(0, "pid");
  // waitpid(2) takes 0 for any child of the group.
  if (pid == 0) args.refuse("pid", "the pid of a child");
  return args.ok() ? Napi::Boolean::New(info.Env(), reapAdopted(pid)) : info.Env().Undefined();
}

// processTree(pid: number): number[];
Napi::Value processTree(const Napi::CallbackInfo& info) {
  Args args(info, "processTree");
  const pid_t root = args.fd(0, "pid");
  if (!args.ok()) return info.Env().Undefined();
  const std::vector<pid_t> tree = listProcessTree(root);
  const Napi::Array pids = Napi::Array::New(info.Env(), tree.size());
  for (uint32_t index = 0; index < tree.size(); ++index) pids.Set(index, tree[index]);
  return pids;
}

// processMemory(pid: number): ProcessMemory | undefined;
Napi::Value processMemory(const Napi::CallbackInfo& info) {
  Args args(info, "processMemory");
  const pid_t pid = args.fd(0, "pid");
  if (!args.ok()) return info.Env().Undefined();
  const Result<ProcessMemory> memory = readProcessMemory(pid);
  if (memory.status.error == ESRCH) return info.Env().Undefined();
  if (!memory.ok()) return throwStatus(info.Env(), memory.status);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("anonBytes", static_cast<double>(memory.value.anonBytes));
  result.Set("fileBytes", static_cast<double>(memory.value.fileBytes));
  result.Set("sharedBytes", static_cast<double>(memory.value.sharedBytes));
  result.Set("swapBytes", static_cast<double>(memory.value.swapBytes));
  result.Set("dataBytes", static_cast<double>(memory.value.dataBytes));
  result.Set("peakResidentBytes", static_cast<double>(memory.value.peakResidentBytes));
  result.Set("pageTableBytes", static_cast<double>(memory.value.pageTableBytes));
  result.Set("threads", static_cast<double>(memory.value.threads));
  return result;
}

// setDataLimit(pid: number, dataBytes: number): void;
Napi::Value setChildDataLimit(const Napi::CallbackInfo& info) {
  Args args(info, "setDataLimit");
  const pid_t pid = args.fd(0, "pid");
  const uint64_t dataBytes = args.integer(1, "dataBytes");
  // prlimit(2) takes 0 for the caller itself.
  if (pid == 0) args.refuse("pid", "the pid of a child");
  if (!args.ok()) return info.Env().Undefined();
  return done(info.Env(), setDataLimit(pid, dataBytes));
}

// dropCache(fd: number, offset: number, length: number): void;
Napi::Value dropFileCache(const Napi::CallbackInfo& info) {
  Args args(info, "dropCache");
  const int fd = args.fd(0, "fd");
  const uint64_t offset = args.integer(1, "offset");
  const uint64_t length = args.integer(2, "length");
  if (!args.ok()) return info.Env().Undefined();
  return done(info.Env(), dropCache(fd, offset, length));
}

// fileSystem(path: string): { readonly isMemory: boolean; readonly availableBytes: number; readonly typeName: string };
Napi::Value fileSystem(const Napi::CallbackInfo& info) {
  Args args(info, "fileSystem");
  const std::string path = args.text(0, "path");
  if (!args.ok()) return info.Env().Undefined();
  const Result<FileSystem> system = readFileSystem(path.c_str());
  if (!system.ok()) return throwStatus(info.Env(), system.status);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("isMemory", system.value.isMemory);
  result.Set("availableBytes", static_cast<double>(system.value.availableBytes));
  result.Set("typeName", system.value.typeName);
  return result;
}

// limitArenas(arenas: number): void;
Napi::Value limitAllocatorArenas(const Napi::CallbackInfo& info) {
  Args args(info, "limitArenas");
  const int arenas = args.fd(0, "arenas");
  if (!args.ok()) return info.Env().Undefined();
  return done(info.Env(), limitArenas(arenas));
}

// trimHeap(): void;
Napi::Value trimAllocatorHeap(const Napi::CallbackInfo& info) {
  return done(info.Env(), trimHeap());
}

// liveSegmentBytes(): { readonly anonymous: number; readonly shared: number; readonly file: number };
Napi::Value liveSegmentBytes(const Napi::CallbackInfo& info) {
  const LiveBytes live = liveRegionBytes();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("anonymous", static_cast<double>(live.anonymous));
  result.Set("shared", static_cast<double>(live.shared));
  result.Set("file", static_cast<double>(live.file));
  return result;
}

}  // namespace

void registerProcess(Napi::Env env, Napi::Object exports) {
  exports.Set("pipe", Napi::Function::New(env, pipe, "pipe"));
  exports.Set("spawn", Napi::Function::New(env, spawn, "spawn"));
  exports.Set("reapAdopted", Napi::Function::New(env, reapAdoptedChild, "reapAdopted"));
  exports.Set("processTree", Napi::Function::New(env, processTree, "processTree"));
  exports.Set("processMemory", Napi::Function::New(env, processMemory, "processMemory"));
  exports.Set("setDataLimit", Napi::Function::New(env, setChildDataLimit, "setDataLimit"));
  exports.Set("dropCache", Napi::Function::New(env, dropFileCache, "dropCache"));
  exports.Set("fileSystem", Napi::Function::New(env, fileSystem, "fileSystem"));
  exports.Set("limitArenas", Napi::Function::New(env, limitAllocatorArenas, "limitArenas"));
  exports.Set("trimHeap", Napi::Function::New(env, trimAllocatorHeap, "trimHeap"));
  exports.Set("liveSegmentBytes", Napi::Function::New(env, liveSegmentBytes, "liveSegmentBytes"));
}

}  // namespace mm
