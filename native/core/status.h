#pragma once

#include <cerrno>
#include <utility>

namespace mm {

/// The outcome of a platform call: errno and the name of the call that failed, or ok.
struct [[nodiscard]] Status {
  int error = 0;
  const char* operation = "";

  bool ok() const { return error == 0; }
  static Status last(const char* operation) { return {errno, operation}; }
};

/// A value, or the Status that says why there is none.
template <typename T>
struct [[nodiscard]] Result {
  T value{};
  Status status;

  Result(T result) : value(std::move(result)) {}
  Result(Status failure) : status(failure) {}
  bool ok() const { return status.ok(); }
};

}  // namespace mm
