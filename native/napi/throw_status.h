#pragma once

#include <napi.h>

#include "../core/status.h"

namespace mm {

/// An Error with `code` (errno name), `errno` and `operation`, as types.ts promises.
Napi::Error statusError(Napi::Env env, Status status);

/// Throws that error and returns undefined, so that `return throwStatus(env, status);` leaves an export.
Napi::Value throwStatus(Napi::Env env, Status status);

}  // namespace mm
