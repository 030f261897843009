#include "fasta_index.h"

#include <cstring>

#include "../core/decimal.h"
#include "residues.h"

namespace mm {

void FastaIndexWriter::startRecord(uint64_t position) {
  OutputFile* const out = out_;
  const uint64_t leftOut = leftOut_;
  *this = {};
  out_ = out;
  leftOut_ = leftOut;
  position_ = position;
}

void FastaIndexWriter::add(std::span<const uint8_t> bytes) {
  size_t at = 0;
  if (isInHeader_ && !bytes.empty()) {
    const void* found = std::memchr(bytes.data(), '\n', bytes.size());
    at = found == nullptr ? bytes.size() : static_cast<size_t>(static_cast<const uint8_t*>(found) + 1 - bytes.data());
    isInHeader_ = found == nullptr;
    offset_ = position_ + at;
  }
  position_ += bytes.size();
  for (; at < bytes.size() && isRegular_; ++at) {
    const uint8_t byte = bytes[at];
    ++lineBytes_;
    if (byte == '\n') {
      endLine();
    } else if (byte == '\r' && !sawReturn_) {
      sawReturn_ = true;
    } else {
      const bool isPlain =
          byte > ' ' && byte < 0x7F && isResidue(byte) && !sawReturn_ && (lineResidues_ > 0 || byte != ';');
      isRegular_ = isPlain;
      ++lineResidues_;
    }
  }
}

void FastaIndexWriter::endLine() {
  const bool isBlank = lineResidues_ == 0;
  if (!isBlank && lines_ == 0) {
    width_ = lineResidues_;
    lineWidth_ = lineBytes_;
  }
  const bool fits = lineResidues_ <= width_ && lineBytes_ - lineResidues_ == lineWidth_ - width_;
  if (!isBlank && (!fits || sawShorter_)) isRegular_ = false;
  // Behind a shorter line, or a blank one, only blank lines may come.
  sawShorter_ = lineResidues_ < width_ || isBlank;
  residues_ += lineResidues_;
  lines_ += isBlank ? 0 : 1;
  lineResidues_ = lineBytes_ = 0;
  sawReturn_ = false;
}

Outcome FastaIndexWriter::endRecord(std::span<const uint8_t> name) {
  // The last line has no end in a file without a final newline: as if it had the same as the others.
  if (lineBytes_ > 0) {
    if (sawReturn_) isRegular_ = false;
    lineBytes_ = lineResidues_ + (lines_ > 0 ? lineWidth_ - width_ : 1);
    endLine();
  }
  if (!isRegular_ || residues_ == 0 || name.empty()) {
    ++leftOut_;
    return {};
  }
  if (const Outcome written = out_->write(name); !written.ok()) return written;
  for (const uint64_t value : {residues_, offset_, width_, lineWidth_}) {
    const Decimal digits(value, '\t');
    if (const Outcome written = out_->write(digits.bytes()); !written.ok()) return written;
  }
  constexpr uint8_t kNewline[] = {'\n'};
  return out_->write(kNewline);
}

}  // namespace mm
