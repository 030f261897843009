#include "fasta_scanner.h"

#include <bit>

#include "newlines.h"

namespace mm {

namespace {

constexpr ptrdiff_t kBlockBytes = 64;
constexpr uint8_t kReturn = '\r';

uint64_t newlinesOf(const uint8_t* block, const uint8_t* end) {
  if (end - block >= kBlockBytes) return newlines(block);
  uint8_t padded[kBlockBytes] = {};
  std::memcpy(padded, block, static_cast<size_t>(end - block));
  return newlines(padded);
}

}  // namespace

FastaScanner FastaScanner::withinRecord(uint64_t offset) {
  FastaScanner scanner;
  scanner.endOffset_ = offset;
  scanner.isInRecord_ = true;
  return scanner;
}

void FastaScanner::feed(std::span<const uint8_t> window) {
  if (window.empty()) return;
  cursor_ = block_ = window.data();
  end_ = cursor_ + window.size();
  endOffset_ += window.size();
  newlines_ = newlinesOf(block_, end_);
}

const uint8_t* FastaScanner::nextNewline() {
  while (newlines_ == 0) {
    if (end_ - block_ <= kBlockBytes) return end_;
    block_ += kBlockBytes;
    newlines_ = newlinesOf(block_, end_);
  }
  const uint8_t* const newline = block_ + std::countr_zero(newlines_);
  newlines_ &= newlines_ - 1;
  return newline;
}

bool FastaScanner::next(LinePiece& piece) {
  if (holdsReturn_ && (cursor_ != end_ || isFinished_)) {
    holdsReturn_ = false;
    const bool endsLine = cursor_ != end_ && *cursor_ == '\n';
    describe(&kReturn, &kReturn + (endsLine ? 0 : 1), endsLine ? 2 : 0, piece);
    piece.offset = endOffset_ - static_cast<uint64_t>(end_ - cursor_) - 1;
    if (endsLine) cursor_ = nextNewline() + 1;
    return true;
  }
  if (cursor_ == end_) return false;
  const uint8_t* const begin = cursor_;
  const uint8_t* end = nextNewline();
  uint8_t lineEndBytes = 0;
  if (end != end_) {
    cursor_ = end + 1;
    lineEndBytes = 1;
    if (end != begin && end[-1] == kReturn) {
      --end;
      lineEndBytes = 2;
    }
  } else {
    cursor_ = end_;
    if (end[-1] == kReturn) {
      --end;
      holdsReturn_ = true;
      if (end == begin) return next(piece);
    }
  }
  describe(begin, end, lineEndBytes, piece);
  piece.offset = endOffset_ - static_cast<uint64_t>(end_ - begin);
  return true;
}

void FastaScanner::describe(const uint8_t* begin, const uint8_t* end, uint8_t lineEndBytes, LinePiece& piece) {
  if (isAtLineStart_) {
    const uint8_t first = begin == end ? '\n' : *begin;
    if (first == '>') {
      kind_ = LineKind::header;
      isInRecord_ = true;
    } else if (isInRecord_) {
      kind_ = first == ';' ? LineKind::comment : LineKind::sequence;
    }
  }
  piece.bytes = {begin, end};
  piece.kind = kind_;
  piece.startsLine = isAtLineStart_;
  piece.lineEndBytes = lineEndBytes;
  isAtLineStart_ = lineEndBytes != 0;
}

}  // namespace mm
