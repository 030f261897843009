#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mm {

/// Reads the arguments of one call. The first wrong one throws EINVAL naming it; from then on every read gives a default
/// and `ok()` is false, so that an export reads all its arguments and then asks once.
class Args {
 public:
  Args(const Napi::CallbackInfo& info, const char* operation) : info_(info), operation_(operation) {}

  bool ok() const { return ok_; }
  Napi::Env env() const { return info_.Env(); }
  Napi::Value at(size_t index) const { return info_[index]; }

  /// A safe integer from 0 up to max.
  uint64_t integer(size_t index, const char* name, uint64_t max = kMaxSafeInteger);
  size_t bytes(size_t index, const char* name) { return static_cast<size_t>(integer(index, name)); }
  uint32_t index(size_t index, const char* name) { return static_cast<uint32_t>(integer(index, name, UINT32_MAX)); }
  int fd(size_t index, const char* name) { return static_cast<int>(integer(index, name, INT32_MAX)); }
  bool boolean(size_t index, const char* name);
  std::string text(size_t index, const char* name);
  Napi::Function function(size_t index, const char* name);
  Napi::Object object(size_t index, const char* name);

  /// The same for the properties of an options object.
  std::optional<uint64_t> optionalInteger(Napi::Object object, const char* name);
  uint64_t integer(Napi::Object object, const char* name, uint64_t max = kMaxSafeInteger);
  bool boolean(Napi::Object object, const char* name);
  Napi::Object object(Napi::Object object, const char* name);
  /// Absent = false.
  bool optionalBoolean(Napi::Object object, const char* name);
  /// Absent = empty.
  std::string optionalText(Napi::Object object, const char* name);
  int32_t int32(Napi::Object object, const char* name);
  std::string text(Napi::Object object, const char* name);
  std::vector<std::string> texts(Napi::Object object, const char* name);
  std::vector<std::string> texts(size_t index, const char* name);
  std::vector<int> descriptors(Napi::Object object, const char* name);

  /// Throws EINVAL with what a value must be.
  void refuse(const char* name, const char* requirement);

  static constexpr uint64_t kMaxSafeInteger = (uint64_t{1} << 53) - 1;

 private:
  std::optional<std::string> readText(Napi::Value value, const char* name);
  std::vector<std::string> readTexts(Napi::Value value, const char* name);
  std::optional<uint64_t> readInteger(Napi::Value value, const char* name, uint64_t max);
  Napi::Value get(Napi::Object object, const char* name);

  const Napi::CallbackInfo& info_;
  const char* operation_;
  bool ok_ = true;
};

}  // namespace mm
