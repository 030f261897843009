#include "lift_index.h"

#include <algorithm>
#include <cstring>

#include "../core/linux/output_file.h"
#include "accession.h"
#include "cluster_table.h"
#include "delta_walk.h"
#include "lift.h"
#include "lift_file.h"
#include "name_filter.h"
#include "representative_store.h"
#include "text_layout.h"

namespace mm {

namespace {

constexpr size_t kWindowBytes = size_t{512} << 10;
constexpr size_t kWriteBytes = size_t{256} << 10;
constexpr size_t kFewestSorterBytes = size_t{4} << 20;

/// The representatives file from its start to its end, hashed.
class PieceReader {
 public:
  bool start(int fd, uint64_t byteLength, Grant& memory) {
    fd_ = fd;
    left_ = byteLength;
    window_ = memory.take<uint8_t>(kWindowBytes);
    return !window_.empty();
  }
  Outcome next(uint64_t bytes, std::span<const uint8_t>& piece) {
    if (bytes > filled_ - at_) {
      if (const Outcome read = refill(); !read.ok()) return read;
    }
    if (bytes > filled_ - at_) return Outcome::malformedAt(position_, "the representatives end before the deltas do");
    piece = window_.subspan(at_, bytes);
    at_ += bytes;
    return {};
  }
  bool atEnd() const { return left_ == 0 && at_ == filled_; }
  uint64_t hash() const { return hash_.digest(); }

 private:
  Outcome refill() {
    std::memmove(window_.data(), window_.data() + at_, filled_ - at_);
    filled_ -= at_;
    at_ = 0;
    const auto room = window_.subspan(filled_, std::min<uint64_t>(left_, window_.size() - filled_));
    if (const Outcome read = readAt(fd_, position_, room); !read.ok()) return read;
    hash_.update(room);
    position_ += room.size();
    left_ -= room.size();
    filled_ += room.size();
    return {};
  }

  int fd_ = -1;
  uint64_t position_ = 0;
  uint64_t left_ = 0;
  std::span<uint8_t> window_;
  size_t at_ = 0;
  size_t filled_ = 0;
  Xxh64 hash_;
};

/// Gives each record to the sorter as it ends: a representative as {number, 0}, head and name; a member as {number of its
/// representative, own number + 1}, parts, name and head.
class RecordCollector {
 public:
  RecordCollector(ExternalSorter& sorter, std::span<uint8_t> name, LiftIndexCounts& counts)
      : sorter_(sorter), name_(name), counts_(counts) {}

  Outcome startRecord(std::span<const uint8_t> header) {
    if (const Outcome ended = endRecord(); !ended.ok()) return ended;
    const auto name = firstWord(header);
    nameBytes_ = std::min(name.size(), name_.size());
    if (nameBytes_ > 0) std::memcpy(name_.data(), name.data(), nameBytes_);
    kind_ = Kind::stored;
    residues_ = 0;
    return {};
  }
  Outcome piece(uint64_t residues) {
    if (kind_ == Kind::member) return damaged();
    kind_ = Kind::representative;
    residues_ += residues;
    return {};
  }
  void stored(uint64_t residues) { residues_ += residues; }
  Outcome member(const WalkedEntry& entry) {
    const bool isReverse = entry.kind != EntryKind::forward;
    if (kind_ == Kind::stored) {
      kind_ = Kind::member;
      representative_ = entry.representative;
      head_ = {};
      head_.isReverse = isReverse;
      if (const Outcome begun = sorter_.begin(); !begun.ok()) return begun;
    } else if (kind_ != Kind::member || entry.representative != representative_ ||
               isReverse != (head_.isReverse != 0)) {
      return damaged();
    }
    const int64_t start = static_cast<int64_t>(entry.start);
    const PartHead part{.member = residues_,
                        .representative = isReverse ? -start : start,
                        .representativeResidues = entry.representativeResidues,
                        .residues = static_cast<uint32_t>(entry.residues),
                        .operationBytes = static_cast<uint32_t>(entry.operations.size())};
    residues_ += entry.residues;
    const int64_t end = part.representative + static_cast<int64_t>(part.representativeResidues);
    head_.begin = head_.partBytes == 0 ? part.representative : std::min(head_.begin, part.representative);
    head_.end = head_.partBytes == 0 ? end : std::max(head_.end, end);
    head_.partBytes += sizeof part + entry.operations.size();
    if (const Outcome added = append(part); !added.ok()) return added;
    return sorter_.append(entry.operations);
  }
  /// Of the last record, at the end of the file.
  Outcome endRecord() {
    const Kind kind = std::exchange(kind_, Kind::none);
    if (kind == Kind::none) return {};
    const uint64_t number = number_++;
    const auto name = name_.first(nameBytes_);
    if (kind == Kind::stored) {
      ++counts_.stored;
      return {};
    }
    if (kind == Kind::representative) {
      ++counts_.representatives;
      if (const Outcome begun = sorter_.begin(); !begun.ok()) return begun;
      if (const Outcome added = append(RepresentativeHead{residues_, nameBytes_}); !added.ok()) return added;
      if (const Outcome added = sorter_.append(name); !added.ok()) return added;
      return sorter_.commit({number, 0});
    }
    ++counts_.members;
    head_.residues = residues_;
    head_.nameBytes = static_cast<uint32_t>(nameBytes_);
    if (const Outcome added = sorter_.append(name); !added.ok()) return added;
    if (const Outcome added = append(head_); !added.ok()) return added;
    return sorter_.commit({representative_, number + 1});
  }

 private:
  enum class Kind : uint8_t { none, stored, representative, member };

  static Outcome damaged() { return Outcome::malformedAt(0, "a record of the delta file contradicts itself"); }
  template <typename Value>
  Outcome append(const Value& value) {
    return sorter_.append({reinterpret_cast<const uint8_t*>(&value), sizeof value});
  }

  ExternalSorter& sorter_;
  std::span<uint8_t> name_;
  LiftIndexCounts& counts_;
  Kind kind_ = Kind::none;
  RecordNumber number_ = 0;
  size_t nameBytes_ = 0;
  uint64_t residues_ = 0;
  RecordNumber representative_ = 0;
  MemberHead head_;
};

Outcome otherRepresentatives() {
  return Outcome::malformedAt(0, "the representatives are not those the delta file was made with");
}

Outcome collect(const LiftIndexRequest& request, const DeltaFile& file, ExternalSorter& sorter, Grant memory,
                Progress& progress, LiftIndexCounts& counts) {
  DeltaWalk walk;
  PieceReader pieces;
  const auto name = memory.take<uint8_t>(kMostNameBytes);
  const auto residues = memory.take<uint8_t>(kMostPieceBytes);
  if (name.empty() || residues.empty() || !walk.start(file, memory) ||
      !pieces.start(request.representatives, request.representativesBytes, memory)) {
    return Outcome::lacksMemory(fewestLiftIndexBytes());
  }
  progress.total = request.deltasBytes;
  RecordCollector records(sorter, name, counts);
  for (WalkedEntry entry;;) {
    if (progress.cancelled) return Outcome::wasCancelled();
    progress.done = walk.bytesDone();
    bool hasEntry = false;
    if (const Outcome walked = walk.next(entry, hasEntry); !walked.ok()) return walked;
    if (!hasEntry) break;
    std::span<const uint8_t> text = entry.text;
    if (entry.isPiece()) {
      if (const Outcome read = pieces.next(entry.pieceBytes, text); !read.ok()) return read;
    }
    if (entry.startsRecord) {
      const bool isText = entry.isPiece() || entry.kind == EntryKind::text;
      const auto header = isText && !text.empty() ? text.subspan(1) : text;
      if (const Outcome started = records.startRecord(header); !started.ok()) return started;
    }
    if (entry.isMember()) {
      if (const Outcome added = records.member(entry); !added.ok()) return added;
    } else if (entry.kind == EntryKind::stored) {
      records.stored(entry.residues);
    } else if (entry.isPiece()) {
      if (entry.startsRecord) {
        const void* end = text.empty() ? nullptr : std::memchr(text.data(), '\n', text.size());
        text = end == nullptr ? text.first(0) : text.subspan(static_cast<const uint8_t*>(end) + 1 - text.data());
      }
      const bool hasResidues = entry.kind == EntryKind::representative;
      const uint64_t count = hasResidues ? residuesOfText(text, entry.startsInsideLine, residues.data()) : 0;
      if (const Outcome added = records.piece(count); !added.ok()) return added;
    }
  }
  if (!pieces.atEnd() || pieces.hash() != file.header().representativesHash) return otherRepresentatives();
  return records.endRecord();
}

/// Puts kAsRepresentative into operations that substitute a residue by itself.
class SubstitutionCheck {
 public:
  bool start(const DeltaFile& file, int representatives, Grant& memory) {
    residues_ = memory.take<uint8_t>(kStepResidues);
    return !residues_.empty() && store_.start(file, representatives, memory.split(kStoreBytes)).ok();
  }

  Outcome check(RecordNumber representative, uint64_t length, const PartHead& part, bool isReverse,
                std::span<uint8_t> operations) {
    RunReader runs(part.member, part.representative, part.residues, operations);
    for (AlignedRun run; runs.next(run);) {
      // The residues lie in `operations`.
      const size_t at = run.residues.empty() ? 0 : static_cast<size_t>(run.residues.data() - operations.data());
      for (size_t done = 0; done < run.residues.size();) {
        const auto wanted = operations.subspan(at + done, std::min(run.residues.size() - done, kStepResidues));
        std::span<const uint8_t> own;
        const int64_t position = run.representative + static_cast<int64_t>(done);
        const Outcome read = this->read(representative, length, position, isReverse, wanted.size(), own);
        if (!read.ok()) return read;
        for (size_t residue = 0; residue < own.size(); ++residue) {
          if (withT(own[residue]) == withT(wanted[residue])) wanted[residue] = kAsRepresentative;
        }
        done += own.size();
      }
    }
    return runs.damaged() ? damagedBlock() : Outcome{};
  }

 private:
  static constexpr size_t kStepResidues = 4096;
  static constexpr size_t kStoreBytes = size_t{3} << 20;

  /// `count` residues of the representative as the member has them, or fewer where its end comes: on a circle, all positions
  /// are there twice.
  Outcome read(RecordNumber representative, uint64_t length, int64_t position, bool isReverse, size_t count,
               std::span<const uint8_t>& own) {
    const uint64_t on = static_cast<uint64_t>(isReverse ? -position : position);
    const uint64_t from = isReverse ? (on > length ? on - length : on) : (on >= length ? on - length : on);
    const uint64_t left = isReverse ? from : length - std::min(length, from);
    if ((position < 0) != isReverse || from > length || left == 0) {
      return Outcome::malformedAt(0, "a member of the delta file is longer than its representative");
    }
    const auto room = residues_.first(std::min<uint64_t>(count, left));
    own = room;
    return isReverse ? store_.copyReverse(representative, from, false, room) : store_.copy(representative, from, room);
  }

  RepresentativeStore store_;
  std::span<uint8_t> residues_;
};

/// Writes what the sorter gives into the files that hits are lifted with.
class LiftWriter {
 public:
  LiftWriter(const LiftFiles& files, ExternalSorter& entries, SubstitutionCheck& substitutions, std::span<uint8_t> buffer,
             std::span<uint8_t> operations)
      : files_(files), entries_(entries), substitutions_(substitutions), buffer_(buffer), operations_(operations) {}

  Outcome write(ExternalSorter& records, Progress& progress) {
    for (SortedRecord record;;) {
      if (progress.cancelled) return Outcome::wasCancelled();
      bool hasRecord = false;
      if (const Outcome read = records.next(record, hasRecord); !read.ok()) return read;
      if (!hasRecord) break;
      const Outcome done = record.key.low == 0 ? representative(record) : member(records, record);
      if (!done.ok()) return done;
    }
    if (const Outcome ended = endRepresentative(); !ended.ok()) return ended;
    if (const Outcome flushed = flush(*files_.lifts); !flushed.ok()) return flushed;
    return writeNames();
  }

 private:
  Outcome representative(const SortedRecord& record) {
    if (const Outcome ended = endRepresentative(); !ended.ok()) return ended;
    number_ = record.key.high;
    RepresentativeHead head;
    std::memcpy(&head, record.payload.data(), sizeof head);
    residues_ = head.residues;
    const uint64_t position = files_.lifts->byteLength() + filled_;
    const auto name = record.payload.subspan(sizeof(RepresentativeHead));
    if (const Outcome added = addName(name, position); !added.ok()) return added;
    if (const auto accession = accessionOf(name); !accession.empty()) {
      if (const Outcome added = addName(accession, position); !added.ok()) return added;
    }
    return append(*files_.lifts, record.payload);
  }
  /// Head and name come last in the record, and first in the file.
  Outcome member(const ExternalSorter& records, const SortedRecord& record) {
    if (record.key.high != number_) {
      return Outcome::malformedAt(0, "a member of the delta file belongs to a record that is no representative");
    }
    const uint64_t payloadBytes = record.isOnDisk ? record.byteLength : record.payload.size();
    MemberHead head;
    std::span<uint8_t> bytes(reinterpret_cast<uint8_t*>(&head), sizeof head);
    if (const Outcome read = payload(records, record, payloadBytes - sizeof head, bytes); !read.ok()) return read;
    if (const Outcome added = append(*files_.lifts, bytes); !added.ok()) return added;
    const auto name = operations_.first(head.nameBytes);
    if (const Outcome read = payload(records, record, head.partBytes, name); !read.ok()) return read;
    if (const Outcome added = append(*files_.lifts, name); !added.ok()) return added;
    for (uint64_t at = 0; at < head.partBytes;) {
      PartHead part;
      bytes = {reinterpret_cast<uint8_t*>(&part), sizeof part};
      if (const Outcome read = payload(records, record, at, bytes); !read.ok()) return read;
      const auto operations = operations_.first(part.operationBytes);
      if (const Outcome read = payload(records, record, at + sizeof part, operations); !read.ok()) return read;
      const bool isReverse = head.isReverse != 0;
      const Outcome checked = substitutions_.check(number_, residues_, part, isReverse, operations);
      if (!checked.ok()) return checked;
      if (const Outcome added = append(*files_.lifts, bytes); !added.ok()) return added;
      if (const Outcome added = append(*files_.lifts, operations); !added.ok()) return added;
      at += sizeof part + part.operationBytes;
    }
    return {};
  }
  Outcome payload(const ExternalSorter& records, const SortedRecord& record, uint64_t from, std::span<uint8_t> out) {
    if (record.isOnDisk) return records.readPayload(record, from, out);
    std::memcpy(out.data(), record.payload.data() + from, out.size());
    return {};
  }
  Outcome endRepresentative() {
    if (number_ == kNone) return {};
    const MemberHead none;
    return append(*files_.lifts, {reinterpret_cast<const uint8_t*>(&none), sizeof none});
  }
  Outcome addName(std::span<const uint8_t> name, uint64_t position) {
    return entries_.add({xxh64(name.data(), name.size()), position}, {});
  }
  Outcome writeNames() {
    if (const Outcome finished = entries_.finish(); !finished.ok()) return finished;
    for (SortedRecord record;;) {
      bool hasRecord = false;
      if (const Outcome read = entries_.next(record, hasRecord); !read.ok()) return read;
      if (!hasRecord) return flush(*files_.names);
      const NameEntry entry{record.key.high, record.key.low};
      const Outcome added = append(*files_.names, {reinterpret_cast<const uint8_t*>(&entry), sizeof entry});
      if (!added.ok()) return added;
    }
  }
  Outcome append(SpillFile& file, std::span<const uint8_t> bytes) {
    if (bytes.size() > buffer_.size() - filled_) {
      if (const Outcome flushed = flush(file); !flushed.ok()) return flushed;
      if (bytes.size() > buffer_.size()) return file.append(bytes);
    }
    if (!bytes.empty()) std::memcpy(buffer_.data() + filled_, bytes.data(), bytes.size());
    filled_ += bytes.size();
    return {};
  }
  Outcome flush(SpillFile& file) {
    const Outcome written = file.append(buffer_.first(filled_));
    filled_ = 0;
    return written;
  }

  static constexpr RecordNumber kNone = UINT64_MAX;
  const LiftFiles& files_;
  ExternalSorter& entries_;
  SubstitutionCheck& substitutions_;
  std::span<uint8_t> buffer_;
  std::span<uint8_t> operations_;
  size_t filled_ = 0;
  RecordNumber number_ = kNone;
  /// Of the representative.
  uint64_t residues_ = 0;
};

/// What reading needs, and then writing and sorting names.
size_t readingBytes() {
  return DeltaWalk::memoryBytes() + kMostNameBytes + kMostPieceBytes + kWindowBytes + 256;
}
static_assert(kWriteBytes > kMostNameBytes + sizeof(RepresentativeHead) && kMostOperationBytes > kMostNameBytes);

}  // namespace

size_t fewestLiftIndexBytes() {
  return readingBytes() + kFewestSorterBytes + 4096;
}

Outcome indexLifts(const LiftIndexRequest& request, const LiftFiles& files, Grant memory, Progress& progress,
                   LiftIndexCounts& counts) {
  counts = {};
  DeltaFile file;
  if (const Outcome opened = file.open(request.deltas, request.deltasBytes, memory); !opened.ok()) return opened;
  if (request.representativesBytes != file.header().representativesBytes) return otherRepresentatives();
  if (memory.freeBytes() < fewestLiftIndexBytes()) {
    return Outcome::lacksMemory(fewestLiftIndexBytes() - memory.freeBytes());
  }
  const std::span<uint8_t> reading = memory.take<uint8_t>(readingBytes(), 64);
  ExternalSorter records(memory.take<uint8_t>(memory.freeBytes()), *files.records);
  if (const Outcome read = collect(request, file, records, Grant(reading), progress, counts); !read.ok()) return read;
  if (const Outcome sorted = records.finish(); !sorted.ok()) return sorted;
  Grant writing(reading);
  SubstitutionCheck substitutions;
  const auto buffer = writing.take<uint8_t>(kWriteBytes);
  const auto operations = writing.take<uint8_t>(kMostOperationBytes);
  if (operations.empty() || !substitutions.start(file, request.representatives, writing)) {
    return Outcome::lacksMemory(fewestLiftIndexBytes());
  }
  ExternalSorter entries(writing.take<uint8_t>(writing.freeBytes()), *files.entries);
  const Outcome written = LiftWriter(files, entries, substitutions, buffer, operations).write(records, progress);
  if (!written.ok()) return written;
  if (const Outcome cleared = files.records->clear(); !cleared.ok()) return cleared;
  return files.entries->clear();
}

}  // namespace mm
