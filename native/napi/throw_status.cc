#include "throw_status.h"

#include <cstring>
#include <string>

namespace mm {
namespace {

struct ErrorName {
  int error;
  const char* name;
};

// strerrorname_np(3) needs glibc 2.32; these are what the calls of core and the stages of sequence can give.
constexpr ErrorName kErrorNames[] = {
    {EPERM, "EPERM"},
    {ENOENT, "ENOENT"},
    {ESRCH, "ESRCH"},
    {EINTR, "EINTR"},
    {EIO, "EIO"},
    {ENXIO, "ENXIO"},
    {E2BIG, "E2BIG"},
    {ENOEXEC, "ENOEXEC"},
    {EBADF, "EBADF"},
    {ECHILD, "ECHILD"},
    {EAGAIN, "EAGAIN"},
    {ENOMEM, "ENOMEM"},
    {EACCES, "EACCES"},
    {EFAULT, "EFAULT"},
    {EBUSY, "EBUSY"},
    {EEXIST, "EEXIST"},
    {ENODEV, "ENODEV"},
    {ENOTDIR, "ENOTDIR"},
    {EISDIR, "EISDIR"},
    {EINVAL, "EINVAL"},
    {ENFILE, "ENFILE"},
    {EMFILE, "EMFILE"},
    {ETXTBSY, "ETXTBSY"},
    {EFBIG, "EFBIG"},
    {ENOSPC, "ENOSPC"},
    {ESPIPE, "ESPIPE"},
    {EROFS, "EROFS"},
    {EPIPE, "EPIPE"},
    {EOVERFLOW, "EOVERFLOW"},
    {ENOSYS, "ENOSYS"},
    {ELOOP, "ELOOP"},
    {EDQUOT, "EDQUOT"},
    {ESTALE, "ESTALE"},
    {EOPNOTSUPP, "EOPNOTSUPP"},
    {ENAMETOOLONG, "ENAMETOOLONG"},
    {EBADMSG, "EBADMSG"},
    {ECANCELED, "ECANCELED"},
    {EADDRINUSE, "EADDRINUSE"},
    {EAFNOSUPPORT, "EAFNOSUPPORT"},
    {ECONNREFUSED, "ECONNREFUSED"},
    {ECONNRESET, "ECONNRESET"},
    {ETIMEDOUT, "ETIMEDOUT"},
};

std::string errorName(int error) {
  for (const ErrorName& known : kErrorNames) {
    if (known.error == error) return known.name;
  }
  return "errno " + std::to_string(error);
}

}  // namespace

Napi::Error statusError(Napi::Env env, Status status) {
  const std::string code = errorName(status.error);
  Napi::Error error = Napi::Error::New(env, code + ": " + std::strerror(status.error) + ", " + status.operation);
  Napi::Object object = error.Value();
  object.Set("code", code);
  object.Set("errno", status.error);
  object.Set("operation", status.operation);
  return error;
}

Napi::Value throwStatus(Napi::Env env, Status status) {
  statusError(env, status).ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace mm
