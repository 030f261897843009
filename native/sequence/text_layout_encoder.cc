#include <algorithm>

#include "residues.h"
#include "text_layout.h"
#include "text_shape.h"

namespace mm {

/// Whether the breaks between residues are those of equally wide lines, as far as was seen.
struct Regularity {
  bool isRegular = true;
  bool hasLineEnd = false;
  bool isCrLf = false;
  bool endsLine = false;
  bool sawShorter = false;
  uint64_t lines = 0;
  uint64_t width = 0;

  void line(uint64_t residues) {
    if (residues == 0 || sawShorter || (lines > 0 && residues > width)) isRegular = false;
    if (lines == 0) width = residues;
    sawShorter = residues < width;
    ++lines;
  }
};

namespace {

size_t findByte(std::span<const uint8_t> text, size_t from, uint8_t byte) {
  if (from >= text.size()) return text.size();
  const void* found = std::memchr(text.data() + from, byte, text.size() - from);
  return found == nullptr ? text.size() : static_cast<size_t>(static_cast<const uint8_t*>(found) - text.data());
}

/// Whether a line of the text starts with ';'.
bool hasComment(std::span<const uint8_t> text, bool startsInsideLine) {
  for (size_t at = findByte(text, 0, ';'); at < text.size(); at = findByte(text, at + 1, ';')) {
    if (at == 0 ? !startsInsideLine : text[at - 1] == '\n') return true;
  }
  return false;
}

/// Case as lengths of runs, upper first. What is no letter goes on with the run.
class MaskEncoder {
 public:
  explicit MaskEncoder(ColumnWriters& columns) : columns_(columns) {}

  void add(std::span<const uint8_t> raw, const uint8_t* canonicalBytes) {
    if (!isLower_ && std::memcmp(raw.data(), canonicalBytes, raw.size()) == 0) {
      run_ += raw.size();
      return;
    }
    for (const uint8_t byte : raw) add(byte);
  }
  void add(uint8_t byte) {
    const bool isLetter = static_cast<uint8_t>((byte | 0x20) - 'a') < 26;
    if (isLetter && ((byte & 0x20) != 0) != isLower_) {
      columns_[Column::maskRuns].varint(run_);
      run_ = 0;
      isLower_ = !isLower_;
      ++toggles_;
    }
    ++run_;
  }
  void end() { columns_[Column::maskCounts].varint(toggles_); }

 private:
  ColumnWriters& columns_;
  uint64_t run_ = 0;
  uint64_t toggles_ = 0;
  bool isLower_ = false;
};

/// Bytes that are no residues, as residues before them and the bytes; and what they say about lines.
class InsertEncoder {
 public:
  InsertEncoder(const TextLayoutEncoder::Text& text, ColumnWriters& columns)
      : text_(text), columns_(columns), isHeaderNext_(text.followsHeader) {
    marks_ = {columns[Column::insertGaps].size(), columns[Column::insertLengths].size(),
              columns[Column::insertBytes].size()};
  }

  void residues(size_t count) {
    if (count == 0) return;
    flush();
    gap_ += count;
  }
  void insert(size_t from, size_t to) {
    if (from == to) return;
    if (begin_ == end_) begin_ = from;
    end_ = to;
  }
  Regularity end(uint64_t residues) {
    flush();
    Regularity& lines = lines_;
    if (text_.followsHeader && isHeaderNext_) lines.isRegular = false;
    if (!text_.followsHeader && residues == 0) lines.isRegular = false;
    lines.endsLine = gap_ == 0;
    if (gap_ != 0) lines.line(gap_);
    return lines;
  }
  /// Takes the inserts back: a shape says it all.
  void takeBack() {
    columns_[Column::insertGaps].truncate(marks_[0]);
    columns_[Column::insertLengths].truncate(marks_[1]);
    columns_[Column::insertBytes].truncate(marks_[2]);
  }
  void keep() { columns_[Column::insertCounts].varint(count_); }

 private:
  void flush() {
    if (begin_ == end_) return;
    const auto bytes = text_.bytes.subspan(begin_, end_ - begin_);
    columns_[Column::insertGaps].varint(gap_);
    columns_[Column::insertLengths].varint(bytes.size());
    columns_[Column::insertBytes].bytes(bytes);
    ++count_;
    judge(bytes);
    gap_ = 0;
    begin_ = end_ = 0;
  }
  void judge(std::span<const uint8_t> bytes) {
    const bool isCrLf = bytes.size() == 2;
    const auto wanted = lineEnd(isCrLf);
    if (!std::equal(bytes.begin(), bytes.end(), wanted.begin(), wanted.end())) lines_.isRegular = false;
    if (lines_.hasLineEnd && lines_.isCrLf != isCrLf) lines_.isRegular = false;
    lines_.hasLineEnd = true;
    lines_.isCrLf = isCrLf;
    if (isHeaderNext_) {
      if (gap_ != 0) lines_.isRegular = false;
      isHeaderNext_ = false;
    } else {
      lines_.line(gap_);
    }
  }

  const TextLayoutEncoder::Text& text_;
  ColumnWriters& columns_;
  std::array<size_t, 3> marks_;
  Regularity lines_;
  bool isHeaderNext_;
  uint64_t gap_ = 0;
  uint64_t count_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace

size_t residuesOfText(std::span<const uint8_t> text, bool startsInsideLine, uint8_t* out) {
  if (!hasComment(text, startsInsideLine)) return canonicalResidues(text, out);
  size_t count = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(findByte(text, at, '\n') + 1, text.size());
    const bool isComment = text[at] == ';' && (at != 0 || !startsInsideLine);
    if (!isComment) count += canonicalResidues(text.subspan(at, end - at), out + count);
    at = end;
  }
  return count;
}

size_t TextLayoutEncoder::add(const Text& text, ColumnWriters& columns, uint8_t* residues) {
  const std::span<const uint8_t> bytes = text.bytes;
  InsertEncoder inserts(text, columns);
  MaskEncoder mask(columns);
  size_t count = 0;
  bool startsLine = !text.startsInsideLine && !text.followsHeader;
  for (size_t at = 0; at < bytes.size(); startsLine = true) {
    const size_t newline = findByte(bytes, at, '\n');
    const size_t next = std::min(newline + 1, bytes.size());
    if (startsLine && bytes[at] == ';') {
      inserts.insert(at, next);
      at = next;
      continue;
    }
    const size_t end = newline < bytes.size() && newline > at && bytes[newline - 1] == '\r' ? newline - 1 : newline;
    const auto line = bytes.subspan(at, end - at);
    const size_t found = line.empty() ? 0 : canonicalResidues(line, residues + count);
    if (found == line.size()) {
      inserts.residues(found);
      if (found != 0) mask.add(line, residues + count);
    } else {
      for (size_t byte = at; byte < end; ++byte) {
        if (!isResidue(bytes[byte])) {
          inserts.insert(byte, byte + 1);
          continue;
        }
        inserts.residues(1);
        mask.add(bytes[byte]);
      }
    }
    count += found;
    inserts.insert(end, next);
    at = next;
  }
  mask.end();
  const Regularity lines = inserts.end(count);
  const uint8_t shape = lines.isRegular ? shapeFor(count, lines) : 0;
  columns[Column::shapes].byte(shape);
  if (shape == 0) {
    inserts.keep();
  } else {
    inserts.takeBack();
  }
  return count;
}

/// A shape of the block that makes these lines, else a new one; 0 when there are too many.
uint8_t TextLayoutEncoder::shapeFor(uint64_t residues, const Regularity& lines) {
  const auto fits = [&](const TextShape& shape) {
    if (lines.hasLineEnd && shape.isCrLf != lines.isCrLf) return false;
    if (residues == 0) return true;
    if (shape.endsLine != lines.endsLine) return false;
    return lines.lines > 1 ? shape.width == lines.width : shape.width == 0 || shape.width >= residues;
  };
  if (lastShape_ < shapeCount_ && fits(shapes_[lastShape_])) return static_cast<uint8_t>(lastShape_ + 1);
  for (size_t index = 0; index < shapeCount_; ++index) {
    if (!fits(shapes_[index])) continue;
    lastShape_ = index;
    return static_cast<uint8_t>(index + 1);
  }
  if (shapeCount_ == kBlockShapes) return 0;
  lastShape_ = shapeCount_;
  shapes_[shapeCount_++] = {lines.lines > 1 ? lines.width : 0, lines.isCrLf, lines.endsLine};
  return static_cast<uint8_t>(shapeCount_);
}

void TextLayoutEncoder::writeShapes(ByteWriter& out) const {
  out.byte(static_cast<uint8_t>(shapeCount_));
  for (const TextShape& shape : std::span(shapes_).first(shapeCount_)) {
    out.varint(shape.width);
    out.byte(static_cast<uint8_t>((shape.isCrLf ? kCrLfFlag : 0) | (shape.endsLine ? kEndsLineFlag : 0)));
  }
}

}  // namespace mm
