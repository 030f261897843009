#include "reduced_output.h"

#include <algorithm>

#include "../core/xxh64.h"
#include "cluster_table.h"
#include "delta_writer.h"
#include "fasta_index.h"
#include "fasta_scanner.h"
#include "output_file.h"
#include "text_layout.h"

namespace mm {

namespace {

constexpr size_t kFileBufferBytes = size_t{256} << 10;
/// A longer assignment that its sorter did not hold either is not used: the record is stored.
constexpr size_t kMostAssignmentBytes = size_t{4} << 20;
constexpr size_t kScratchBytes = kMostNameBytes + 128;

/// Cuts records into entries of the delta file, and sends each where it belongs.
class RecordWriter {
 public:
  RecordWriter(const OutputRequest& request, ExternalSorter& assignments, ExternalSorter& rows)
      : request_(request), assignments_(assignments), rows_(rows) {}

  Outcome start(Grant& memory);
  Outcome startRecord();
  Outcome add(std::span<const uint8_t> bytes);
  Outcome endRecord();
  /// All files but the cluster table.
  Outcome finish(OutputCounts& counts);
  std::span<uint8_t> nameRoom() const { return name_; }
  OutputFile& clusters() { return clusters_; }

 private:
  enum class Kind : uint8_t { preamble, representative, member };

  Outcome nextAssignment();
  Outcome readAssignment();
  /// Sends what the buffer holds, or as much of it as ends with a line.
  Outcome cut(bool isLast);
  Outcome cutHeader(bool isLast);
  Outcome send(size_t bytes, size_t headerBytes, bool goesOn);
  Outcome sendText(size_t bytes);
  Outcome toRepresentatives(std::span<const uint8_t> bytes);
  Outcome addRow();
  void drop(size_t bytes);
  size_t lineEnd() const;

  const OutputRequest& request_;
  ExternalSorter& assignments_;
  ExternalSorter& rows_;
  DeltaWriter deltas_;
  OutputFile representatives_;
  OutputFile index_;
  OutputFile clusters_;
  FastaIndexWriter indexer_;
  Xxh64 representativesHash_;

  /// The entry that grows.
  std::span<uint8_t> buffer_;
  size_t filled_ = 0;
  std::span<uint8_t> residues_;
  std::span<uint8_t> name_;
  size_t nameBytes_ = 0;
  std::span<uint8_t> scratch_;
  std::span<uint8_t> assignmentRoom_;

  uint64_t records_ = 0;
  uint64_t representativeCount_ = 0;
  bool allFit_ = true;
  Kind kind_ = Kind::preamble;
  bool startsRecord_ = false;
  bool isInHeader_ = false;
  bool isInComment_ = false;
  bool startsInsideLine_ = false;
  uint64_t recordResidues_ = 0;

  SortedRecord next_;
  bool hasNext_ = false;
  Assignment assignment_;
  MemberSteps steps_;
  bool hasSteps_ = false;
};

Outcome RecordWriter::start(Grant& memory) {
  buffer_ = memory.take<uint8_t>(kEntryBytes);
  residues_ = memory.take<uint8_t>(kEntryBytes);
  name_ = memory.take<uint8_t>(kMostNameBytes);
  scratch_ = memory.take<uint8_t>(kScratchBytes);
  assignmentRoom_ = memory.take<uint8_t>(kMostAssignmentBytes);
  const auto open = [&memory](int fd) {
    return fd < 0 ? OutputFile{} : OutputFile{fd, memory.take<uint8_t>(kFileBufferBytes)};
  };
  representatives_ = open(request_.representatives);
  index_ = open(request_.index);
  clusters_ = open(request_.clusters);
  if (index_.isOpen()) indexer_ = FastaIndexWriter(index_);
  if (const Outcome started = deltas_.start(request_.deltas, request_.alphabet, memory); !started.ok()) return started;
  return nextAssignment();
}

Outcome RecordWriter::nextAssignment() {
  return assignments_.next(next_, hasNext_);
}

Outcome RecordWriter::startRecord() {
  if (kind_ != Kind::preamble || filled_ > 0) {
    if (const Outcome ended = endRecord(); !ended.ok()) return ended;
  }
  startsRecord_ = isInHeader_ = true;
  isInComment_ = startsInsideLine_ = false;
  recordResidues_ = 0;
  nameBytes_ = 0;
  hasSteps_ = false;
  kind_ = hasNext_ && next_.key.high == records_ ? Kind::member : Kind::representative;
  if (kind_ == Kind::member) return readAssignment();
  ++representativeCount_;
  if (index_.isOpen()) indexer_.startRecord(representatives_.byteLength());
  return {};
}

/// The spans of the assignment stay valid until the record ends.
Outcome RecordWriter::readAssignment() {
  std::span<const uint8_t> payload = next_.payload;
  bool isWhole = true;
  if (next_.isOnDisk) {
    isWhole = next_.byteLength <= assignmentRoom_.size();
    const auto room = assignmentRoom_.first(isWhole ? next_.byteLength : std::min<uint64_t>(next_.byteLength, kMostHeaderBytes));
    if (const Outcome read = assignments_.readPayload(next_, 0, room); !read.ok()) return read;
    payload = room;
  }
  uint64_t operationBytes = 0;
  const bool isRead = isWhole ? mm::readAssignment(payload, assignment_)
                              : readAssignmentHeader(payload, assignment_, operationBytes) != 0;
  if (!isRead) return Outcome::failed({EBADMSG, "assignments"});
  hasSteps_ = isWhole;
  steps_ = isWhole ? MemberSteps(assignment_) : MemberSteps();
  return {};
}

Outcome RecordWriter::add(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    if (filled_ == buffer_.size()) {
      if (const Outcome done = cut(false); !done.ok()) return done;
    }
    const size_t count = std::min(bytes.size(), buffer_.size() - filled_);
    std::memcpy(buffer_.data() + filled_, bytes.data(), count);
    filled_ += count;
    bytes = bytes.subspan(count);
  }
  return {};
}

/// Behind the first line end of the buffer; 0 when there is none.
size_t RecordWriter::lineEnd() const {
  const void* found = filled_ == 0 ? nullptr : std::memchr(buffer_.data(), '\n', filled_);
  return found == nullptr ? 0 : static_cast<size_t>(static_cast<const uint8_t*>(found) - buffer_.data()) + 1;
}

void RecordWriter::drop(size_t bytes) {
  filled_ -= bytes;
  std::memmove(buffer_.data(), buffer_.data() + bytes, filled_);
}

Outcome RecordWriter::cut(bool isLast) {
  if (kind_ == Kind::preamble) return sendText(filled_);
  if (isInHeader_) return cutHeader(isLast);
  if (isInComment_) {
    const size_t commentEnd = lineEnd();
    isInComment_ = commentEnd == 0;
    return sendText(isInComment_ ? filled_ : commentEnd);
  }
  size_t end = filled_;
  while (!isLast && end > 0 && buffer_[end - 1] != '\n') --end;
  if (end > 0) return send(end, 0, !isLast);
  // One line without an end fills the buffer.
  isInComment_ = !startsInsideLine_ && buffer_[0] == ';';
  if (isInComment_) return sendText(filled_);
  const Outcome sent = send(filled_, 0, true);
  startsInsideLine_ = true;
  return sent;
}

Outcome RecordWriter::cutHeader(bool isLast) {
  const size_t end = lineEnd();
  const bool endsHere = end != 0 || isLast;
  if (startsRecord_) {
    const std::span<const uint8_t> word = firstWord(std::span<const uint8_t>(buffer_).first(filled_).subspan(1));
    nameBytes_ = word.size();
    if (nameBytes_ > 0) std::memcpy(name_.data(), word.data(), nameBytes_);
  }
  isInHeader_ = !endsHere;
  // '>' is no part of the header, neither are "\n" and "\r\n".
  size_t headerBytes = (end == 0 ? filled_ : end - 1) - 1;
  if (end > 2 && buffer_[end - 2] == '\r') --headerBytes;
  if (!startsRecord_ || !endsHere || headerBytes > kMostHeaderTextBytes) return sendText(end == 0 ? filled_ : end);
  size_t bytes = filled_;
  while (!isLast && bytes > end && buffer_[bytes - 1] != '\n') --bytes;
  return send(bytes, headerBytes, !isLast);
}

/// Header and sequence.
Outcome RecordWriter::send(size_t bytes, size_t headerBytes, bool goesOn) {
  const DeltaWriter::Entry entry{std::span<const uint8_t>(buffer_).first(bytes), startsRecord_, startsInsideLine_};
  Outcome sent;
  if (kind_ == Kind::representative) {
    const size_t header = startsRecord_ ? std::max(lineEnd(), headerBytes + 1) : 0;
    const size_t residues = residuesOfText(entry.bytes.subspan(header), startsInsideLine_, residues_.data());
    recordResidues_ += residues;
    sent = deltas_.representative(entry, residues, goesOn);
    if (sent.ok()) sent = toRepresentatives(entry.bytes);
  } else {
    bool fits = true;
    sent = deltas_.member(entry, headerBytes, hasSteps_ ? &steps_ : nullptr, assignment_.representative, fits);
    // Another input than the one that was compared: the hash will tell.
    if (!fits) hasSteps_ = allFit_ = false;
  }
  startsRecord_ = startsInsideLine_ = false;
  drop(bytes);
  return sent;
}

/// What holds no residues.
Outcome RecordWriter::sendText(size_t bytes) {
  const DeltaWriter::Entry entry{std::span<const uint8_t>(buffer_).first(bytes), startsRecord_, false};
  Outcome sent = kind_ == Kind::representative ? deltas_.representativeText(entry) : deltas_.text(entry);
  if (sent.ok() && kind_ == Kind::representative) sent = toRepresentatives(entry.bytes);
  startsRecord_ = startsInsideLine_ = false;
  drop(bytes);
  return sent;
}

Outcome RecordWriter::toRepresentatives(std::span<const uint8_t> bytes) {
  representativesHash_.update(bytes);
  if (index_.isOpen()) indexer_.add(bytes);
  return representatives_.write(bytes);
}

Outcome RecordWriter::endRecord() {
  while (filled_ > 0) {
    if (const Outcome done = cut(true); !done.ok()) return done;
  }
  if (kind_ == Kind::preamble) return {};
  if (kind_ == Kind::representative && index_.isOpen()) {
    if (const Outcome indexed = indexer_.endRecord(name_.first(nameBytes_)); !indexed.ok()) return indexed;
  }
  if (clusters_.isOpen()) {
    if (const Outcome added = addRow(); !added.ok()) return added;
  }
  ++records_;
  return kind_ == Kind::member ? nextAssignment() : Outcome{};
}

Outcome RecordWriter::addRow() {
  ClusterRow row{.representative = records_,
                 .member = records_,
                 .length = recordResidues_,
                 .memberEnd = recordResidues_,
                 .representativeEnd = recordResidues_,
                 .name = name_.first(nameBytes_)};
  if (kind_ == Kind::member) {
    row.representative = assignment_.representative;
    row.isReverse = assignment_.isReverse;
    row.length = assignment_.memberLength;
    row.memberStart = assignment_.memberStart;
    row.memberEnd = assignment_.memberEnd;
    row.representativeStart = assignment_.representativeStart;
    row.representativeEnd = assignment_.representativeEnd;
    row.matches = assignment_.matches;
    row.columns = assignment_.columns;
  }
  return addClusterRow(rows_, row, scratch_);
}

Outcome RecordWriter::finish(OutputCounts& counts) {
  if (const Outcome ended = endRecord(); !ended.ok()) return ended;
  if (records_ != request_.records || hasNext_ || !allFit_) return Outcome::failed({ESTALE, "input"});
  if (const Outcome flushed = representatives_.flush(); !flushed.ok()) return flushed;
  if (index_.isOpen()) {
    if (const Outcome flushed = index_.flush(); !flushed.ok()) return flushed;
  }
  const DeltaHeader header{.alphabet = request_.alphabet,
                           .coverageMode = request_.coverageMode,
                           .identity = request_.identity,
                           .coverage = request_.coverage,
                           .inputSha256 = request_.inputSha256,
                           .representativesHash = representativesHash_.digest(),
                           .representatives = representativeCount_};
  if (const Outcome finished = deltas_.finish(header); !finished.ok()) return finished;
  counts.representativeBytes = representatives_.byteLength();
  counts.deltaBytes = deltas_.byteLength();
  counts.representativesHash = header.representativesHash;
  counts.unindexed = indexer_.leftOut();
  return {};
}

/// A piece of a line and its end, as they were in the input.
Outcome addPiece(const LinePiece& piece, RecordWriter& writer) {
  constexpr uint8_t kLineEnd[] = {'\r', '\n'};
  if (piece.kind == LineKind::header && piece.startsLine) {
    if (const Outcome started = writer.startRecord(); !started.ok()) return started;
  }
  if (const Outcome added = writer.add(piece.bytes); !added.ok()) return added;
  return writer.add(std::span(kLineEnd).last(piece.lineEndBytes));
}

}  // namespace

size_t fewestOutputBytes(const OutputRequest& request) {
  return InputWindows::memoryBytes(request.windows) + 2 * kEntryBytes + kMostNameBytes + kScratchBytes + kMostAssignmentBytes +
         3 * kFileBufferBytes + sizeof(RecordWriter) + DeltaWriter::fewestBytes() + 4096;
}

Outcome writeReduced(const OutputRequest& request, ExternalSorter& assignments, ExternalSorter& rows, Grant memory,
                     Progress& progress, OutputCounts& counts) {
  if (memory.freeBytes() < fewestOutputBytes(request)) return Outcome::lacksMemory(fewestOutputBytes(request));
  InputWindows windows(request.windows);
  if (const Outcome started = windows.start(memory); !started.ok()) return started;
  RecordWriter& writer = *new (memory.take<RecordWriter>(1).data()) RecordWriter(request, assignments, rows);
  if (const Outcome started = writer.start(memory); !started.ok()) return started;
  FastaScanner scanner;
  LinePiece piece;
  progress.total = request.inputBytes;
  for (bool isEnd = false; !isEnd;) {
    if (progress.cancelled) return Outcome::wasCancelled();
    const std::span<const uint8_t> window = windows.next();
    isEnd = window.empty();
    if (isEnd) {
      scanner.finish();
    } else {
      scanner.feed(window);
    }
    while (scanner.next(piece)) {
      if (const Outcome added = addPiece(piece, writer); !added.ok()) return added;
    }
    progress.done += window.size();
  }
  std::array<uint8_t, 32> sha256;
  if (const Outcome read = windows.finish(sha256); !read.ok()) return read;
  if (sha256 != request.inputSha256) return Outcome::failed({ESTALE, "input"});
  if (const Outcome finished = writer.finish(counts); !finished.ok()) return finished;
  if (!writer.clusters().isOpen()) return {};
  const Outcome written =
      writeClusterTable(rows, request.clusterFormat, request.alphabet, writer.clusters(), writer.nameRoom(), progress);
  counts.clusterBytes = writer.clusters().byteLength();
  return written;
}

}  // namespace mm
