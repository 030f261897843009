#pragma once

#include <cstdint>
#include <span>

namespace mm {

enum class LineKind : uint8_t {
  /// Before the first line that begins with '>': belongs to no record.
  preamble,
  /// Begins with '>'. That byte anywhere else in a line means nothing.
  header,
  /// Any other line of a record, blank ones too. Which of its bytes are residues: isResidue().
  sequence,
  /// A line of a record that begins with ';': none of its bytes are residues.
  comment,
};

/// A line, or the part of it that lies in one window. The pieces in order, each with its line end behind it, are the input.
struct LinePiece {
  /// Raw bytes without the line end; they lie in the window, but for a '\r' that was the last byte of the one before.
  std::span<const uint8_t> bytes;
  /// Of the first of them in the input.
  uint64_t offset = 0;
  LineKind kind = LineKind::preamble;
  bool startsLine = false;
  /// 1 for '\n', 2 for "\r\n". 0: more pieces of this line follow, or the input ends without a line end. A '\r' that is
  /// not followed by '\n' is a byte of its line like any other.
  uint8_t lineEndBytes = 0;
};

/// Splits any bytes into lines. A window is given, its pieces are taken until there are none, then comes the next window.
/// What comes out, joined to lines, does not depend on the windows. Allocates nothing.
class FastaScanner {
 public:
  FastaScanner() = default;
  /// From the beginning of a line of a record, at this offset.
  static FastaScanner withinRecord(uint64_t offset);

  void feed(std::span<const uint8_t> window);
  /// After the last window: there may be one more piece.
  void finish() { isFinished_ = true; }
  /// False when the window is used up.
  bool next(LinePiece& piece);

 private:
  /// Of the next newline at the cursor or behind it, else the window's end.
  const uint8_t* nextNewline();
  void describe(const uint8_t* begin, const uint8_t* end, uint8_t lineEndBytes, LinePiece& piece);

  const uint8_t* cursor_ = nullptr;
  const uint8_t* end_ = nullptr;
  /// 64 bytes of which `newlines_` tells the newlines that were not reached yet.
  const uint8_t* block_ = nullptr;
  uint64_t newlines_ = 0;
  /// Of end_ in the input.
  uint64_t endOffset_ = 0;
  LineKind kind_ = LineKind::preamble;
  bool isInRecord_ = false;
  bool isAtLineStart_ = true;
  /// The last window ended with a '\r' that was not given yet.
  bool holdsReturn_ = false;
  bool isFinished_ = false;
};

}  // namespace mm
