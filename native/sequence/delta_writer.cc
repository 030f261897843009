#include "delta_writer.h"

#include "../core/xxh64.h"
#include "column_coder.h"
#include "../core/linux/output_file.h"

namespace mm {

namespace {

/// Columns and two attempts at one, their coding bytes, shapes and the filter.
constexpr size_t kCodedBytes =
    kBlockColumnBytes + 2 * kColumnBytes + kColumns * codedBound(0) + kBlockShapes * 11 + kMostFilterBytes + 64;
/// Edits of an entry beyond this are stored: bounds what they add to the columns.
constexpr uint64_t kMostDeltaBytes = 200'000;

size_t varintBytes(uint64_t value) {
  size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

}  // namespace

size_t DeltaWriter::fewestBytes() {
  return ColumnWriters::kBytes + HeaderEncoder::kBytes + RepeatFinder::memoryBytes(kColumnBytes) + kEntryBytes +
         kCodedBytes + kFooterEntryBytes + 4096;
}

Outcome DeltaWriter::start(int fd, Alphabet alphabet, Grant memory) {
  fd_ = fd;
  alphabet_ = alphabet;
  residues_ = memory.take<uint8_t>(kEntryBytes);
  coded_ = memory.take<uint8_t>(kCodedBytes);
  if (residues_.empty() || coded_.empty() || !headers_.allocate(memory) || !columns_.allocate(memory) ||
      !repeats_.allocate(memory, kColumnBytes)) {
    return Outcome::lacksMemory(fewestBytes());
  }
  footer_ = memory.take<uint8_t>(memory.freeBytes());
  return {};
}

Outcome DeltaWriter::beginEntry(const Entry& entry, uint8_t kind, uint64_t openResidues) {
  const bool isFull = entries_ == kBlockEntries || outputBytes_ + entry.bytes.size() > kBlockOutputBytes;
  if (entries_ > 0 && (isFull || !columns_.hasRoom())) {
    if (const Outcome ended = endBlock(); !ended.ok()) return ended;
  }
  if (entries_ == 0) {
    block_ = {.position = position_,
              .firstRecord = records_,
              .representativesPosition = representativesPosition_,
              .inputPosition = inputPosition_,
              .openResidues = openResidues};
    outputHash_.restart();
    headers_.startBlock();
    layouts_.startBlock();
    previousRepresentative_ = previousResidues_ = 0;
  }
  ++entries_;
  if (entry.startsRecord) {
    ++records_;
    names_.add(nameHash(firstWord(entry.bytes.subspan(1))));
  }
  outputBytes_ += entry.bytes.size();
  inputPosition_ += entry.bytes.size();
  outputHash_.update(entry.bytes);
  const unsigned flags = (entry.startsRecord ? 0u : kContinues) | (entry.startsInsideLine ? kInsideLine : 0u);
  columns_[Column::kinds].byte(static_cast<uint8_t>(kind | flags));
  return {};
}

Outcome DeltaWriter::representative(const Entry& entry, uint64_t residues, bool goesOn) {
  const uint8_t kind = static_cast<uint8_t>(static_cast<uint8_t>(EntryKind::representative) | (goesOn ? kGoesOn : 0));
  if (entry.startsRecord) openResidues_ = 0;
  const uint64_t before = entry.startsRecord ? FooterEntry::kNotOpen : openResidues_;
  if (const Outcome begun = beginEntry(entry, kind, before); !begun.ok()) return begun;
  columns_[Column::pieceBytes].varint(entry.bytes.size());
  if (goesOn) columns_[Column::pieceResidues].varint(residues);
  representativesPosition_ += entry.bytes.size();
  openResidues_ += residues;
  return {};
}

Outcome DeltaWriter::representativeText(const Entry& entry) {
  if (entry.startsRecord) openResidues_ = 0;
  const uint64_t before = entry.startsRecord ? FooterEntry::kNotOpen : openResidues_;
  const Outcome begun = beginEntry(entry, static_cast<uint8_t>(EntryKind::representativeText), before);
  if (!begun.ok()) return begun;
  columns_[Column::pieceBytes].varint(entry.bytes.size());
  representativesPosition_ += entry.bytes.size();
  return {};
}

Outcome DeltaWriter::text(const Entry& entry) {
  const Outcome begun = beginEntry(entry, static_cast<uint8_t>(EntryKind::text), FooterEntry::kNotOpen);
  if (!begun.ok()) return begun;
  columns_[Column::textLengths].varint(entry.bytes.size());
  columns_[Column::textBytes].bytes(entry.bytes);
  return {};
}

Outcome DeltaWriter::member(const Entry& entry, size_t headerBytes, MemberSteps* steps, RecordNumber representative,
                            bool& fits) {
  // The kind is known last: its place is kept.
  const Outcome begun = beginEntry(entry, 0, FooterEntry::kNotOpen);
  if (!begun.ok()) return begun;
  ByteWriter& kinds = columns_[Column::kinds];
  std::span<const uint8_t> text = entry.bytes;
  if (entry.startsRecord) {
    headers_.add(text.subspan(1, headerBytes), columns_);
    text = text.subspan(1 + headerBytes);
  }
  const size_t residues = layouts_.add({text, entry.startsRecord, entry.startsInsideLine}, columns_, residues_.data());
  columns_[Column::residueCounts].varint(zigzag(static_cast<int64_t>(residues - previousResidues_)));
  previousResidues_ = residues;
  fits = true;
  EntryKind kind = EntryKind::stored;
  if (steps != nullptr) steps->settle();
  if (steps != nullptr && isWorthIt(residues, *steps, fits)) {
    const bool copiesU = writeSteps(residues, *steps, representative);
    kind = copiesU ? EntryKind::reverseWithU : EntryKind::reverse;
    if (!steps->isReverse()) kind = EntryKind::forward;
  } else {
    if (steps != nullptr && fits) fits = steps->take(residues, [](auto&&...) {});
    columns_[Column::storedResidues].bytes(residues_.first(residues));
  }
  const size_t place = kinds.size() - 1;
  const uint8_t withFlags = static_cast<uint8_t>(kinds.written()[place] | static_cast<uint8_t>(kind));
  kinds.truncate(place);
  kinds.byte(withFlags);
  return {};
}

/// Whether the entry as edits is smaller than its residues, by what the columns cost in tenths of a bit; and not too
/// much for them.
bool DeltaWriter::isWorthIt(uint64_t residues, MemberSteps steps, bool& fits) const {
  const uint64_t tenthsPerResidue = alphabet_ == Alphabet::nucleotide ? 20 : 42;
  uint64_t tenths = 240;
  uint64_t bytes = 0;
  fits = steps.take(residues, [&](uint64_t copy, Edit edit, uint64_t length, std::span<const uint8_t>) {
    const size_t lengthBytes = length < kLongEdit ? 0 : varintBytes(length);
    tenths += (varintBytes(copy) + lengthBytes) * 75 + 15;
    bytes += varintBytes(copy) + lengthBytes + 1;
    if (edit == Edit::erase) return;
    tenths += length * tenthsPerResidue;
    bytes += length;
  });
  return fits && bytes <= kMostDeltaBytes && tenths < residues * tenthsPerResidue;
}

/// @returns whether a U was copied: on the reverse strand it can only be the complement of A
bool DeltaWriter::writeSteps(uint64_t residues, MemberSteps& steps, RecordNumber representative) {
  columns_[Column::representatives].varint(zigzag(static_cast<int64_t>(representative - previousRepresentative_)));
  previousRepresentative_ = representative;
  columns_[Column::starts].varint(steps.position());
  ByteWriter& edits = columns_[Column::edits];
  std::span<const uint8_t> made = std::span<const uint8_t>(residues_).first(residues);
  bool copiesU = false;
  const auto passes = [&](uint64_t copy) {
    copiesU = copiesU || (copy > 0 && std::memchr(made.data(), 'U', copy) != nullptr);
    made = made.subspan(copy);
  };
  steps.take(residues, [&](uint64_t copy, Edit edit, uint64_t length, std::span<const uint8_t> inserted) {
    passes(copy);
    made = made.subspan(inserted.size());
    columns_[Column::copies].byte(static_cast<uint8_t>(copy < 0x80 ? copy : copy | 0x80));
    if (copy >= 0x80) columns_[Column::copyRests].varint(copy >> 7);
    const uint64_t shortLength = length < kLongEdit ? length : kLongEdit;
    edits.byte(static_cast<uint8_t>(shortLength << 2 | static_cast<uint8_t>(edit)));
    if (shortLength == kLongEdit) columns_[Column::editLengths].varint(length);
    columns_[Column::residues].bytes(inserted);
  });
  edits.byte(static_cast<uint8_t>(Edit::end));
  passes(made.size());
  return copiesU;
}

Outcome DeltaWriter::endBlock() {
  ByteWriter out{coded_};
  names_.write(out);
  block_.filterBytes = static_cast<uint32_t>(out.size());
  out.varint(entries_);
  for (size_t column = 0; column < kDirectoryColumns; ++column) {
    encodeColumn(columns_[static_cast<Column>(column)].written(), &repeats_, out);
  }
  block_.directoryBytes = static_cast<uint32_t>(out.size() - block_.filterBytes);
  layouts_.writeShapes(out);
  for (size_t column = kDirectoryColumns; column < kColumns; ++column) {
    encodeColumn(columns_[static_cast<Column>(column)].written(), &repeats_, out);
  }
  if (!out.ok() || !columns_.ok()) return Outcome::failed({ENOSPC, "columns of a block"});
  block_.dataBytes = static_cast<uint32_t>(out.size() - block_.filterBytes);
  block_.dataHash = xxh64(out.written().data() + block_.filterBytes, block_.dataBytes);
  block_.outputHash = outputHash_.digest();
  // How many blocks are to come nobody knows: room for as many again.
  if ((blocks_ + 1) * kFooterEntryBytes > footer_.size()) return Outcome::lacksMemory(footer_.size() + kFooterEntryBytes);
  writeFooterEntry(block_, footer_.subspan(blocks_ * kFooterEntryBytes));
  ++blocks_;
  position_ += out.size();
  columns_.clear();
  names_.clear();
  entries_ = 0;
  outputBytes_ = 0;
  return writeAt(fd_, block_.position, out.written());
}

Outcome DeltaWriter::finish(DeltaHeader header) {
  if (entries_ > 0) {
    if (const Outcome ended = endBlock(); !ended.ok()) return ended;
  }
  header.inputBytes = inputPosition_;
  header.representativesBytes = representativesPosition_;
  header.records = records_;
  header.footerPosition = position_;
  header.blocks = blocks_;
  const std::span<const uint8_t> footer = footer_.first(blocks_ * kFooterEntryBytes);
  if (const Outcome written = writeAt(fd_, position_, footer); !written.ok()) return written;
  position_ += footer.size();
  std::array<uint8_t, kFooterHashBytes> hash;
  ByteWriter{hash}.number(xxh64(footer.data(), footer.size()));
  if (const Outcome written = writeAt(fd_, position_, hash); !written.ok()) return written;
  position_ += hash.size();
  std::array<uint8_t, kDeltaHeaderBytes> start;
  writeDeltaHeader(header, start);
  return writeAt(fd_, 0, start);
}

}  // namespace mm
