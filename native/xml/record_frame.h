#pragma once

#include "csv_rows.h"
#include "text_out.h"

namespace mm {

enum class ParseFormat : uint8_t { ndjson, json, csv };
/// What is around the records of an output: see ParseRequest in src/binding/parse-types.ts.
enum class ParseFrame : uint8_t { whole, first, following };

/// What stands around and between the records of an output.
class RecordFrame {
 public:
  RecordFrame() = default;
  RecordFrame(ParseFormat format, ParseFrame frame) : format_(format), frame_(frame) {}

  void beforeRecord(TextOut& out) {
    const bool isFirst = !hasRecords_ && frame_ != ParseFrame::following;
    hasRecords_ = true;
    if (format_ != ParseFormat::json) return;
    if (isFirst) return out.text("[\n");
    out.text(",\n");
  }
  void beforeRecord(CsvRows& rows) {
    if (!hasRecords_ && frame_ != ParseFrame::following) rows.writeHeader();
    hasRecords_ = true;
  }
  void afterRecord(TextOut& out) {
    if (format_ == ParseFormat::ndjson) out.byte('\n');
  }
  void end(TextOut& out) {
    if (format_ == ParseFormat::json && hasRecords_ && frame_ == ParseFrame::whole) out.text("\n]\n");
    hasRecords_ = false;
  }

 private:
  ParseFormat format_ = ParseFormat::ndjson;
  ParseFrame frame_ = ParseFrame::whole;
  bool hasRecords_ = false;
};

}  // namespace mm
