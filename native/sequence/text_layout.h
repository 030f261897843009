#pragma once

#include <array>
#include <span>

#include "delta_columns.h"

namespace mm {

/// Residues of sequence lines, canonical, one after the other; lines that start with ';' are comments and hold none.
/// `out` holds text.size() bytes. @returns their count
size_t residuesOfText(std::span<const uint8_t> text, bool startsInsideLine, uint8_t* out);

/// How the lines of a record lie: all but the last as wide as each other, with one kind of line end.
struct TextShape {
  /// Residues of a line, 0 = all on one.
  uint64_t width = 0;
  bool isCrLf = false;
  bool endsLine = true;
};

/// What makes text of residues: case, line ends and every other byte that is no residue.
class TextLayoutEncoder {
 public:
  void startBlock() { shapeCount_ = 0; }

  struct Text {
    /// Behind a header: its line end first.
    std::span<const uint8_t> bytes;
    bool followsHeader = false;
    bool startsInsideLine = false;
  };
  /// Adds one entry's layout, and puts its residues into `residues`, which holds as many bytes as the text. @returns
  /// their count
  size_t add(const Text& text, ColumnWriters& columns, uint8_t* residues);
  void writeShapes(ByteWriter& out) const;

 private:
  uint8_t shapeFor(uint64_t residues, const struct Regularity& lines);

  std::array<TextShape, kBlockShapes> shapes_;
  size_t shapeCount_ = 0;
  size_t lastShape_ = 0;
};

class TextLayoutDecoder {
 public:
  bool readShapes(ByteReader& in);
  /// Writes the text of one entry behind its header. `residues` are overwritten (case). False when the columns do not
  /// fit.
  bool next(ColumnReaders& columns, std::span<uint8_t> residues, bool followsHeader, ByteWriter& out) const;

 private:
  std::array<TextShape, kBlockShapes> shapes_;
  size_t shapeCount_ = 0;
};

}  // namespace mm
