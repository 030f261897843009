#include <algorithm>

#include "text_layout.h"
#include "text_shape.h"

namespace mm {

namespace {

bool applyMask(ColumnReaders& columns, std::span<uint8_t> residues) {
  const uint64_t toggles = columns[Column::maskCounts].varint();
  ByteReader& runs = columns[Column::maskRuns];
  size_t at = 0;
  for (uint64_t toggle = 0; toggle < toggles; ++toggle) {
    const uint64_t run = runs.varint();
    if (!runs.ok() || run > residues.size() - at) return false;
    if (toggle % 2 == 1) {
      for (uint8_t& residue : residues.subspan(at, run)) residue |= residue >= 'A' && residue <= 'Z' ? 0x20 : 0;
    }
    at += run;
  }
  if (toggles % 2 == 1) {
    for (uint8_t& residue : residues.subspan(at)) residue |= residue >= 'A' && residue <= 'Z' ? 0x20 : 0;
  }
  return columns[Column::maskCounts].ok();
}

bool placeInserts(ColumnReaders& columns, std::span<const uint8_t> residues, ByteWriter& out) {
  ByteReader& counts = columns[Column::insertCounts];
  ByteReader& gaps = columns[Column::insertGaps];
  ByteReader& lengths = columns[Column::insertLengths];
  ByteReader& bytes = columns[Column::insertBytes];
  const uint64_t count = counts.varint();
  for (uint64_t insert = 0; insert < count; ++insert) {
    const uint64_t gap = gaps.varint();
    const auto inserted = bytes.bytes(lengths.varint());
    if (!gaps.ok() || !lengths.ok() || !bytes.ok() || gap > residues.size()) return false;
    out.bytes(residues.first(gap));
    out.bytes(inserted);
    residues = residues.subspan(gap);
  }
  out.bytes(residues);
  return counts.ok();
}

}  // namespace

bool TextLayoutDecoder::readShapes(ByteReader& in) {
  shapeCount_ = in.byte();
  for (TextShape& shape : std::span(shapes_).first(shapeCount_)) {
    shape.width = in.varint();
    const uint8_t flags = in.byte();
    shape.isCrLf = (flags & kCrLfFlag) != 0;
    shape.endsLine = (flags & kEndsLineFlag) != 0;
  }
  return in.ok();
}

bool TextLayoutDecoder::next(ColumnReaders& columns, std::span<uint8_t> residues, bool followsHeader,
                             ByteWriter& out) const {
  if (!applyMask(columns, residues)) return false;
  const uint8_t number = columns[Column::shapes].byte();
  if (!columns[Column::shapes].ok() || number > shapeCount_) return false;
  if (number == 0) return placeInserts(columns, residues, out) && out.ok();
  const TextShape& shape = shapes_[number - 1];
  const auto end = lineEnd(shape.isCrLf);
  if (followsHeader) out.bytes(end);
  for (size_t at = 0; at < residues.size() && out.ok();) {
    const size_t width =
        shape.width == 0 ? residues.size() - at : std::min<uint64_t>(shape.width, residues.size() - at);
    out.bytes(residues.subspan(at, width));
    at += width;
    if (at < residues.size() || shape.endsLine) out.bytes(end);
  }
  return out.ok();
}

}  // namespace mm
