#include "delta_walk.h"

#include "text_layout.h"

namespace mm {

namespace {

/// An entry's edits as operations: at most one byte more for each than in the columns, whose writer bounds them.
constexpr size_t kOperationBytes = size_t{512} << 10;
constexpr size_t kArenaBytes = kBlockColumnBytes + kColumnBytes;

}  // namespace

size_t DeltaWalk::memoryBytes() {
  return DeltaFile::kMostDataBytes + kArenaBytes + kOperationBytes + 2 * kMostHeaderTextBytes;
}

bool DeltaWalk::start(const DeltaFile& file, Grant& memory) {
  file_ = &file;
  data_ = memory.take<uint8_t>(DeltaFile::kMostDataBytes);
  arena_ = memory.take<uint8_t>(kArenaBytes);
  operations_ = memory.take<uint8_t>(kOperationBytes);
  for (auto& room : headerRoom_) room = memory.take<uint8_t>(kMostHeaderTextBytes);
  return !data_.empty() && !arena_.empty() && !operations_.empty() && !headerRoom_[1].empty();
}

Outcome DeltaWalk::next(WalkedEntry& entry, bool& hasEntry) {
  while (entriesLeft_ == 0) {
    hasEntry = nextBlock_ < file_->blocks();
    if (!hasEntry) return {};
    if (const Outcome opened = openBlock(); !opened.ok()) return opened;
  }
  hasEntry = true;
  --entriesLeft_;
  return readEntry(entry) ? Outcome{} : damagedBlock();
}

Outcome DeltaWalk::openBlock() {
  std::span<const uint8_t> data;
  if (const Outcome read = file_->readData(nextBlock_, data_, data); !read.ok()) return read;
  ByteReader in{data};
  TextLayoutDecoder shapes;
  entriesLeft_ = in.varint();
  if (!in.ok() || entriesLeft_ > kBlockEntries || !columns_.read(in, 0, kDirectoryColumns, arena_) ||
      !shapes.readShapes(in) || !columns_.read(in, kDirectoryColumns, kColumns, arena_) || !in.atEnd()) {
    return damagedBlock();
  }
  headers_.startBlock();
  representative_ = residueCount_ = 0;
  ++nextBlock_;
  bytesDone_ += data.size();
  return {};
}

bool DeltaWalk::readEntry(WalkedEntry& entry) {
  const uint8_t kind = columns_[Column::kinds].byte();
  entry = {};
  entry.kind = static_cast<EntryKind>(kind & kKindMask);
  entry.startsRecord = (kind & kContinues) == 0;
  entry.startsInsideLine = (kind & kInsideLine) != 0;
  if (!columns_[Column::kinds].ok() || kind > kKnownBits || entry.kind > EntryKind::text) return false;
  if (entry.isPiece()) {
    entry.pieceBytes = columns_[Column::pieceBytes].varint();
    return columns_[Column::pieceBytes].ok() && entry.pieceBytes <= kMostPieceBytes;
  }
  if (entry.kind == EntryKind::text) {
    entry.text = columns_[Column::textBytes].bytes(columns_[Column::textLengths].varint());
    return columns_[Column::textBytes].ok() && columns_[Column::textLengths].ok();
  }
  if (entry.startsRecord) {
    const auto room = headerRoom_[nextHeader_ ^= 1];
    size_t headerBytes = 0;
    if (!headers_.next(columns_, room, headerBytes)) return false;
    entry.text = room.first(headerBytes);
  }
  residueCount_ += static_cast<uint64_t>(unzigzag(columns_[Column::residueCounts].varint()));
  entry.residues = residueCount_;
  if (!columns_[Column::residueCounts].ok() || residueCount_ > kEntryBytes) return false;
  if (entry.kind == EntryKind::stored) return columns_[Column::storedResidues].bytes(residueCount_).size() == residueCount_;
  representative_ += static_cast<uint64_t>(unzigzag(columns_[Column::representatives].varint()));
  entry.representative = representative_;
  entry.start = columns_[Column::starts].varint();
  const bool isPlaced = columns_[Column::starts].ok() && entry.start <= kLongestCompared;
  return isPlaced && representative_ < file_->header().records && readOperations(entry);
}

bool DeltaWalk::readOperations(WalkedEntry& entry) {
  ByteReader& edits = columns_[Column::edits];
  ByteReader& copies = columns_[Column::copies];
  OperationWriter writer(operations_);
  for (uint64_t left = entry.residues;;) {
    const uint8_t edit = edits.byte();
    if (!edits.ok()) return false;
    Operation step;
    step.copy = left;
    step.edit = static_cast<Edit>(edit & 3);
    if (edit != static_cast<uint8_t>(Edit::end)) {
      const uint8_t first = copies.byte();
      step.copy = first < 0x80 ? first : (first & 0x7F) | columns_[Column::copyRests].varint() << 7;
      step.length = edit >> 2;
      if (step.length == kLongEdit) step.length = columns_[Column::editLengths].varint();
      if (step.edit == Edit::end || step.length == 0 || step.length > kLongestCompared) return false;
    }
    if (step.copy > left) return false;
    left -= step.copy;
    entry.representativeResidues += step.copy;
    if (step.edit == Edit::substitute || step.edit == Edit::insert) {
      step.residues = columns_[Column::residues].bytes(step.length);
      if (step.residues.empty() || step.length > left) return false;
      left -= step.length;
    }
    if (step.edit == Edit::substitute || step.edit == Edit::erase) entry.representativeResidues += step.length;
    if (!writer.add(step)) return false;
    if (step.edit == Edit::end) {
      entry.operations = writer.written();
      return left == 0;
    }
  }
}

}  // namespace mm
