#pragma once

#include <cstdint>
#include <span>

namespace mm {

/// Takes a record value by value, in the order it is written.
class ValueWriter {
 public:
  virtual void beginObject() = 0;
  /// As JSON with its colon: "key": . A value follows.
  virtual void key(std::span<const uint8_t> quoted) = 0;
  virtual void endObject() = 0;
  virtual void beginList() = 0;
  virtual void endList() = 0;
  /// UTF-8.
  virtual void text(std::span<const uint8_t> value) = 0;
  virtual void integer(int64_t value) = 0;
  virtual void flag(bool value) = 0;
  virtual void nothing() = 0;

 protected:
  ~ValueWriter() = default;
};

}  // namespace mm
