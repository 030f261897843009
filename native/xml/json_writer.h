#pragma once

#include <span>

#include "captures.h"
#include "field_table.h"
#include "text_out.h"

namespace mm {

class JsonWriter;

/// What a writer does not know of itself.
class RecordJoins {
 public:
  /// Writes the value of a joined field.
  virtual void writeJoined(const TableField& field, CapturedObject owner, JsonWriter& writer) = 0;
  /// A text that is no flag, integer or duration where one belongs. null is written.
  virtual void addOddValue(const TableField& field, CapturedObject owner, std::span<const uint8_t> text) = 0;

 protected:
  ~RecordJoins() = default;
};

/// Captures as JSON: the fields of their shapes in order, as JSON.stringify writes the same objects.
class JsonWriter {
 public:
  JsonWriter(const FieldTable& table, TextOut& out, RecordJoins& joins) : table_(table), out_(out), joins_(joins) {}

  TextOut& out() { return out_; }
  /// In braces. An object that is not there is null.
  void object(CapturedObject object);
  /// Without braces, each behind a comma unless it is the first: `isFirst`, and false afterwards where one was written.
  void fields(CapturedObject object, bool& isFirst);
  /// The value of one field: what is behind its key.
  void value(const TableField& field, CapturedObject owner);

 private:
  void list(const TableField& field, CapturedObject owner);
  void chosen(const TableField& field, CapturedObject owner);
  void typed(const TableField& field, CapturedObject owner, std::span<const uint8_t> text);
  void flag(bool value);

  const FieldTable& table_;
  TextOut& out_;
  RecordJoins& joins_;
};

}  // namespace mm
