#pragma once

#include "text_out.h"
#include "value_writer.h"

namespace mm {

/// A record as JSON.stringify writes it (ECMA-262, SerializeJSONProperty), without white space.
class JsonText final : public ValueWriter {
 public:
  explicit JsonText(TextOut& out) : out_(out) {}

  void beginObject() override;
  void key(std::span<const uint8_t> quoted) override;
  void endObject() override;
  void beginList() override;
  void endList() override;
  void text(std::span<const uint8_t> value) override;
  void integer(int64_t value) override;
  void flag(bool value) override;
  void nothing() override;

 private:
  void separate() {
    if (follows_) out_.byte(',');
    follows_ = true;
  }

  TextOut& out_;
  /// Something of the same object or list is before what comes next.
  bool follows_ = false;
};

}  // namespace mm
