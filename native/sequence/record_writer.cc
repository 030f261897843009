#include "record_writer.h"

#include <algorithm>

#include "cluster_table.h"
#include "name_filter.h"
#include "text_layout.h"

namespace mm {

namespace {

constexpr size_t kFileBufferBytes = size_t{256} << 10;
/// A longer assignment that its sorter did not hold either is not used: the record is stored.
constexpr size_t kMostAssignmentBytes = size_t{4} << 20;
constexpr size_t kScratchBytes = kMostNameBytes + 128;

}  // namespace

size_t RecordWriter::fewestBytes() {
  return 2 * kEntryBytes + kMostNameBytes + kScratchBytes + kMostAssignmentBytes + 3 * kFileBufferBytes +
         DeltaWriter::fewestBytes();
}

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
    const auto room =
        assignmentRoom_.first(isWhole ? next_.byteLength : std::min<uint64_t>(next_.byteLength, kMostHeaderBytes));
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

}  // namespace mm
