#pragma once

#include <span>

#include "captures.h"
#include "field_table.h"
#include "value_writer.h"

namespace mm {

class CaptureWriter;

/// What a writer of captures does not know of itself.
class RecordJoins {
 public:
  /// Writes the value of a joined field.
  virtual void writeJoined(const TableField& field, CapturedObject owner, CaptureWriter& writer) = 0;
  /// A text that is no flag, integer or duration where one belongs. null is written.
  virtual void addOddValue(const TableField& field, CapturedObject owner, std::span<const uint8_t> text) = 0;

 protected:
  ~RecordJoins() = default;
};

/// Writes captures as records: the fields of their shapes in order. Goes no deeper than a mapper has opened objects.
class CaptureWriter {
 public:
  CaptureWriter(const FieldTable& table, ValueWriter& out, RecordJoins& joins) : table_(table), out_(out), joins_(joins) {}

  ValueWriter& out() { return out_; }
  /// One that is not there is null.
  void object(CapturedObject object);
  /// The value of one field: what is behind its key.
  void value(const TableField& field, CapturedObject owner);

 private:
  void list(const TableField& field, CapturedObject owner);
  void chosen(const TableField& field, CapturedObject owner);
  void typed(const TableField& field, CapturedObject owner, std::span<const uint8_t> text);

  const FieldTable& table_;
  ValueWriter& out_;
  RecordJoins& joins_;
};

}  // namespace mm
