#include "block_decoder.h"

#include <algorithm>

#include "../core/linux/output_file.h"
#include "../core/xxh64.h"

namespace mm {

size_t BlockDecoder::fewestBytes() {
  return DeltaFile::kMostDataBytes + kBlockColumnBytes + kColumnBytes + kEntryBytes + RepresentativeStore::kFewestBytes;
}

Outcome BlockDecoder::start(const DeltaFile& file, int representatives, Grant memory) {
  file_ = &file;
  representatives_ = representatives;
  data_ = memory.take<uint8_t>(DeltaFile::kMostDataBytes);
  arena_ = memory.take<uint8_t>(kBlockColumnBytes + kColumnBytes);
  residues_ = memory.take<uint8_t>(kEntryBytes);
  if (data_.empty() || arena_.empty() || residues_.empty()) return Outcome::lacksMemory(fewestBytes());
  return store_.start(file, representatives, memory);
}

Outcome BlockDecoder::restore(uint64_t block, std::span<uint8_t> out) {
  std::span<const uint8_t> data;
  if (const Outcome read = file_->readData(block, data_, data); !read.ok()) return read;
  ByteWriter writer{out};
  if (const Outcome decoded = decode(block, data, writer); !decoded.ok()) return decoded;
  if (writer.size() != out.size() || records_ != file_->recordCount(block)) return damagedBlock();
  if (xxh64(out.data(), out.size()) == file_->block(block).outputHash) return {};
  return Outcome::malformedAt(file_->block(block).position, "what a block restores is not what it was made of");
}

Outcome BlockDecoder::decode(uint64_t block, std::span<const uint8_t> data, ByteWriter& out) {
  ByteReader in{data};
  const uint64_t entries = in.varint();
  if (!in.ok() || entries > kBlockEntries || !columns_.read(in, 0, kDirectoryColumns, arena_) ||
      !layouts_.readShapes(in) || !columns_.read(in, kDirectoryColumns, kColumns, arena_) || !in.atEnd()) {
    return damagedBlock();
  }
  headers_.startBlock();
  records_ = 0;
  representative_ = residueCount_ = 0;
  piecesPosition_ = file_->block(block).representativesPosition;
  piecesLeft_ = file_->representativesBytes(block);
  pieces_ = {};
  for (uint64_t index = 0; index < entries; ++index) {
    const uint8_t kind = columns_[Column::kinds].byte();
    if (kind > kKnownBits) return damagedBlock();
    if ((kind & kContinues) == 0) recordStarts_[records_++] = static_cast<uint32_t>(out.size());
    if (const Outcome done = entry(kind, out); !done.ok()) return done;
    if (!out.ok()) return damagedBlock();
  }
  if (const Outcome read = flushPieces(); !read.ok()) return read;
  return columns_.atEnd() && piecesLeft_ == 0 ? Outcome{} : damagedBlock();
}

Outcome BlockDecoder::entry(uint8_t kind, ByteWriter& out) {
  const EntryKind type = static_cast<EntryKind>(kind & kKindMask);
  if (type <= EntryKind::representativeText) {
    if (type == EntryKind::representative && (kind & kGoesOn) != 0) columns_[Column::pieceResidues].varint();
    return representativePiece(out);
  }
  if (const Outcome read = flushPieces(); !read.ok()) return read;
  if (type == EntryKind::text) {
    out.bytes(columns_[Column::textBytes].bytes(columns_[Column::textLengths].varint()));
    return columns_[Column::textBytes].ok() ? Outcome{} : damagedBlock();
  }
  if (type > EntryKind::text) return damagedBlock();
  const bool hasHeader = (kind & kContinues) == 0;
  if (hasHeader) {
    out.byte('>');
    size_t headerBytes = 0;
    if (!headers_.next(columns_, out.rest(), headerBytes)) return damagedBlock();
    out.advance(headerBytes);
  }
  residueCount_ += static_cast<uint64_t>(unzigzag(columns_[Column::residueCounts].varint()));
  if (!columns_[Column::residueCounts].ok() || residueCount_ > residues_.size()) return damagedBlock();
  const std::span<uint8_t> residues = residues_.first(residueCount_);
  if (type == EntryKind::stored) {
    const auto stored = columns_[Column::storedResidues].bytes(residues.size());
    if (stored.size() != residues.size()) return damagedBlock();
    if (!stored.empty()) std::memcpy(residues.data(), stored.data(), stored.size());
  } else {
    Outcome outcome;
    if (!applySteps(type, residues, outcome)) return outcome.ok() ? damagedBlock() : outcome;
  }
  return layouts_.next(columns_, residues, hasHeader, out) ? Outcome{} : damagedBlock();
}

Outcome BlockDecoder::representativePiece(ByteWriter& out) {
  const uint64_t bytes = columns_[Column::pieceBytes].varint();
  if (bytes > piecesLeft_ || bytes > out.rest().size()) return damagedBlock();
  const std::span<uint8_t> room = out.rest().first(bytes);
  pieces_ = pieces_.empty() ? room : std::span<uint8_t>(pieces_.data(), pieces_.size() + bytes);
  piecesLeft_ -= bytes;
  out.advance(bytes);
  return {};
}

Outcome BlockDecoder::flushPieces() {
  const Outcome read = readAt(representatives_, piecesPosition_, pieces_);
  piecesPosition_ += pieces_.size();
  pieces_ = {};
  return read;
}

bool BlockDecoder::applySteps(EntryKind kind, std::span<uint8_t> residues, Outcome& outcome) {
  ByteReader& edits = columns_[Column::edits];
  ByteReader& copies = columns_[Column::copies];
  representative_ += static_cast<uint64_t>(unzigzag(columns_[Column::representatives].varint()));
  outcome = startCopying(kind);
  if (!outcome.ok()) return false;
  for (size_t at = 0;;) {
    const uint8_t edit = edits.byte();
    if (!edits.ok()) return false;
    uint64_t copy = residues.size() - at;
    if (edit != static_cast<uint8_t>(Edit::end)) {
      const uint8_t first = copies.byte();
      copy = first < 0x80 ? first : (first & 0x7F) | columns_[Column::copyRests].varint() << 7;
    }
    if (copy > residues.size() - at) return false;
    outcome = copyResidues(kind, residues.subspan(at, copy));
    if (!outcome.ok()) return false;
    at += copy;
    if (edit == static_cast<uint8_t>(Edit::end)) return true;
    uint64_t length = edit >> 2;
    if (length == kLongEdit) length = columns_[Column::editLengths].varint();
    const Edit type = static_cast<Edit>(edit & 3);
    if (type == Edit::end || length == 0) return false;
    if (type != Edit::insert && !pass(kind, length)) return false;
    if (type == Edit::erase) continue;
    const auto made = columns_[Column::residues].bytes(length);
    if (made.empty() || length > residues.size() - at) return false;
    std::memcpy(residues.data() + at, made.data(), length);
    at += length;
  }
}

/// Where an entry starts in its representative, and how far it may go: to the end, or once around.
Outcome BlockDecoder::startCopying(EntryKind kind) {
  position_ = columns_[Column::starts].varint();
  if (const Outcome found = store_.length(representative_, representativeLength_); !found.ok()) return found;
  const uint64_t length = representativeLength_;
  const bool isCircle = isReadAsCircle(file_->header().alphabet, length);
  const uint64_t end = isCircle ? 2 * length : length;
  if (position_ > end) return damagedBlock();
  if (kind == EntryKind::forward) {
    bound_ = std::min(end, position_ + length);
  } else {
    bound_ = position_ - std::min(position_, length);
  }
  return {};
}

/// Moves on by residues of the representative.
bool BlockDecoder::pass(EntryKind kind, uint64_t count) {
  const bool isForward = kind == EntryKind::forward;
  if (count > (isForward ? bound_ - position_ : position_ - bound_)) return false;
  position_ = isForward ? position_ + count : position_ - count;
  return true;
}

Outcome BlockDecoder::copyResidues(EntryKind kind, std::span<uint8_t> out) {
  while (!out.empty()) {
    // The second turn is the first again: at its border a copy is cut.
    const uint64_t length = representativeLength_;
    const uint64_t from = position_;
    const bool isForward = kind == EntryKind::forward;
    const bool isSecondTurn = isForward ? from >= length : from > length;
    const uint64_t inTurn = isSecondTurn ? from - length : from;
    const size_t count = static_cast<size_t>(std::min<uint64_t>(out.size(), isForward ? length - inTurn : inTurn));
    if (count == 0 || !pass(kind, count)) return damagedBlock();
    const std::span<uint8_t> part = out.first(count);
    const Outcome copied =
        isForward ? store_.copy(representative_, inTurn, part)
                  : store_.copyReverse(representative_, inTurn, kind == EntryKind::reverseWithU, part);
    if (!copied.ok()) return copied;
    out = out.subspan(count);
  }
  return {};
}

}  // namespace mm
