#include "args.h"

#include <cerrno>
#include <cmath>

namespace mm {

void Args::refuse(const char* name, const char* requirement) {
  if (!ok_) return;
  ok_ = false;
  Napi::Error error =
      Napi::Error::New(env(), std::string("EINVAL: ") + name + " must be " + requirement + ", " + operation_);
  Napi::Object object = error.Value();
  object.Set("code", "EINVAL");
  object.Set("errno", EINVAL);
  object.Set("operation", operation_);
  error.ThrowAsJavaScriptException();
}

std::optional<uint64_t> Args::readInteger(Napi::Value value, const char* name, uint64_t max) {
  if (!ok_) return std::nullopt;
  double number = -1;
  if (value.IsNumber()) number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0 && number <= static_cast<double>(max)) || number != std::floor(number)) {
    refuse(name, "an integer of at least 0 within its range");
    return std::nullopt;
  }
  return static_cast<uint64_t>(number);
}

std::optional<std::string> Args::readText(Napi::Value value, const char* name) {
  if (!ok_) return std::nullopt;
  std::string text;
  if (value.IsString()) text = value.As<Napi::String>().Utf8Value();
  if (!value.IsString() || text.find('\0') != std::string::npos) {
    refuse(name, "a string without NUL");
    return std::nullopt;
  }
  return text;
}

std::vector<std::string> Args::readTexts(Napi::Value value, const char* name) {
  std::vector<std::string> result;
  if (ok_ && !value.IsArray()) refuse(name, "an array of strings");
  if (!ok_) return result;
  const auto array = value.As<Napi::Array>();
  for (uint32_t index = 0; ok_ && index < array.Length(); ++index) {
    const auto text = readText(array.Get(index), name);
    if (text) result.push_back(*text);
  }
  return result;
}

Napi::Value Args::get(Napi::Object object, const char* name) {
  Napi::Value value = object.Get(name);
  // A getter may have thrown.
  if (!value.IsEmpty() && !env().IsExceptionPending()) return value;
  ok_ = false;
  return env().Undefined();
}

uint64_t Args::integer(size_t index, const char* name, uint64_t max) {
  return readInteger(info_[index], name, max).value_or(0);
}

bool Args::boolean(size_t index, const char* name) {
  if (!ok_) return false;
  if (!info_[index].IsBoolean()) {
    refuse(name, "true or false");
    return false;
  }
  return info_[index].As<Napi::Boolean>().Value();
}

std::string Args::text(size_t index, const char* name) {
  return readText(info_[index], name).value_or("");
}

Napi::Function Args::function(size_t index, const char* name) {
  if (ok_ && !info_[index].IsFunction()) refuse(name, "a function");
  return ok_ ? info_[index].As<Napi::Function>() : Napi::Function();
}

Napi::Object Args::object(size_t index, const char* name) {
  if (ok_ && !info_[index].IsObject()) refuse(name, "an object");
  return ok_ ? info_[index].As<Napi::Object>() : Napi::Object();
}

std::optional<uint64_t> Args::optionalInteger(Napi::Object object, const char* name) {
  if (!ok_) return std::nullopt;
  const Napi::Value value = get(object, name);
  if (!ok_ || value.IsUndefined()) return std::nullopt;
  return readInteger(value, name, kMaxSafeInteger);
}

uint64_t Args::integer(Napi::Object object, const char* name, uint64_t max) {
  if (!ok_) return 0;
  const Napi::Value value = get(object, name);
  return ok_ ? readInteger(value, name, max).value_or(0) : 0;
}

bool Args::boolean(Napi::Object object, const char* name) {
  if (!ok_) return false;
  const Napi::Value value = get(object, name);
  if (ok_ && !value.IsBoolean()) refuse(name, "true or false");
  return ok_ && value.As<Napi::Boolean>().Value();
}

Napi::Object Args::object(Napi::Object object, const char* name) {
  if (!ok_) return Napi::Object();
  const Napi::Value value = get(object, name);
  if (ok_ && !value.IsObject()) refuse(name, "an object");
  return ok_ ? value.As<Napi::Object>() : Napi::Object();
}

bool Args::optionalBoolean(Napi::Object object, const char* name) {
  if (!ok_) return false;
  const Napi::Value value = get(object, name);
  if (!ok_ || value.IsUndefined()) return false;
  if (!value.IsBoolean()) {
    refuse(name, "true or false");
    return false;
  }
  return value.As<Napi::Boolean>().Value();
}

int32_t Args::int32(Napi::Object object, const char* name) {
  if (!ok_) return 0;
  const Napi::Value value = get(object, name);
  if (!ok_) return 0;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!(number >= INT32_MIN && number <= INT32_MAX) || number != std::floor(number)) {
    refuse(name, "a 32-bit integer");
    return 0;
  }
  return static_cast<int32_t>(number);
}

std::string Args::text(Napi::Object object, const char* name) {
  return ok_ ? readText(get(object, name), name).value_or("") : "";
}

std::string Args::optionalText(Napi::Object object, const char* name) {
  if (!ok_) return "";
  const Napi::Value value = get(object, name);
  return ok_ && !value.IsUndefined() ? readText(value, name).value_or("") : "";
}

std::vector<std::string> Args::texts(Napi::Object object, const char* name) {
  return ok_ ? readTexts(get(object, name), name) : std::vector<std::string>();
}

std::vector<std::string> Args::texts(size_t index, const char* name) {
  return readTexts(info_[index], name);
}

std::vector<int> Args::descriptors(Napi::Object object, const char* name) {
  std::vector<int> result;
  if (!ok_) return result;
  const Napi::Value value = get(object, name);
  if (ok_ && !value.IsArray()) refuse(name, "an array of descriptors");
  if (!ok_) return result;
  const auto array = value.As<Napi::Array>();
  for (uint32_t index = 0; ok_ && index < array.Length(); ++index) {
    const Napi::Value item = array.Get(index);
    const double number = item.IsNumber() ? item.As<Napi::Number>().DoubleValue() : NAN;
    if (!(number >= -1 && number <= INT32_MAX) || number != std::floor(number)) {
      refuse(name, "an array of descriptors, -1 for /dev/null");
    }
    if (ok_) result.push_back(static_cast<int>(number));
  }
  return result;
}

}  // namespace mm
