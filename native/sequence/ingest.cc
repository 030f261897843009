#include "ingest.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../core/xxh64.h"
#include "fasta_scanner.h"
#include "input_check.h"
#include "sequence_tally.h"

namespace mm {

namespace {

/// A sequence up to this length is packed at its end, a longer one in pieces of it.
constexpr size_t kHeldResidues = size_t{256} << 10;
constexpr size_t kExceptionBytes = size_t{256} << 10;
constexpr size_t kRereadBytes = size_t{64} << 10;
constexpr size_t kComplexityResidues = 64;
constexpr size_t kTripletWords = (size_t{1} << 15) / 64;
constexpr uint64_t kLengthLimit = uint64_t{1} << 40;

/// Eight at a time; each byte of `sums` counts up to 255 of them.
uint64_t gcCount(std::span<const uint8_t> residues) {
  constexpr uint64_t kEach = 0x0101010101010101;
  uint64_t count = 0;
  size_t at = 0;
  while (residues.size() - at >= 8) {
    uint64_t sums = 0;
    for (unsigned round = 0; round < 255 && residues.size() - at >= 8; ++round, at += 8) {
      uint64_t eight;
      std::memcpy(&eight, residues.data() + at, sizeof eight);
      // C and G differ in the bit of value 4. The high bit of each byte that is neither is set.
      const uint64_t different = (eight | 4 * kEach) ^ 'G' * kEach;
      const uint64_t isNeither = ((different & 0x7F * kEach) + 0x7F * kEach) | different;
      sums += ~isNeither >> 7 & kEach;
    }
    const uint64_t pairs = (sums & 0x00FF00FF00FF00FF) + (sums >> 8 & 0x00FF00FF00FF00FF);
    count += pairs * 0x0001000100010001 >> 48;
  }
  for (; at < residues.size(); ++at) count += (residues[at] | 4) == 'G';
  return count;
}

class Ingestion {
 public:
  Ingestion(const IngestRequest& request, ExternalSorter& byRank, IngestCounts& counts)
      : request_(request), byRank_(byRank), counts_(counts), tally_(counts), packer_(Alphabet::nucleotide, {}) {}

  bool takeMemory(Grant& memory) {
    residues_ = memory.take<uint8_t>(kHeldResidues);
    codes_ = memory.take<uint8_t>(kHeldResidues);
    exceptions_ = memory.take<uint8_t>(kExceptionBytes);
    reread_ = memory.take<uint8_t>(kRereadBytes);
    triplets_ = memory.take<uint64_t>(kTripletWords);
    std::fill(triplets_.begin(), triplets_.end(), 0);
    return !triplets_.empty() && tally_.create(memory, request_.columnAlignment);
  }
  std::span<uint8_t> scratch() { return codes_; }

  void decide(Alphabet alphabet) {
    counts_.alphabet = alphabet;
    packer_ = ResiduePacker(alphabet, exceptions_);
  }

  Outcome take(FastaScanner& scanner) {
    LinePiece piece;
    while (scanner.next(piece)) {
      if (piece.kind == LineKind::sequence) {
        if (const Outcome added = addLine(piece); !added.ok()) return added;
      } else if (piece.kind == LineKind::header && piece.startsLine) {
        if (const Outcome ended = endRecord(); !ended.ok()) return ended;
        isInRecord_ = true;
        hasSequence_ = false;
      }
    }
    return {};
  }

  /// At the next header, and at the end.
  Outcome endRecord() {
    if (!isInRecord_) return {};
    const uint64_t length = packedResidues_ + held_;
    const std::span<const uint8_t> rest = residues_.first(held_);
    uint64_t hash = 0;
    if (packedResidues_ == 0) {
      hash = xxh64(rest.data(), rest.size());
      complexity_ = complexityOf(rest);
      if (const Outcome packed = packWhole(rest); !packed.ok()) return packed;
    } else {
      if (const Outcome packed = packPiece(); !packed.ok()) return packed;
      hash = hash_.digest();
      if (const Outcome ended = endLong(); !ended.ok()) return ended;
    }
    const RankKey key{length, hash >> 16, counts_.records};
    if (const Outcome committed = byRank_.commit(key.sortKey()); !committed.ok()) return committed;
    tally_.add(length, gcResidues_, complexity_);
    held_ = 0;
    packedResidues_ = 0;
    gcResidues_ = 0;
    isInRecord_ = false;
    return {};
  }

  /// At the end of the input.
  Outcome finish() {
    const Outcome ended = endRecord();
    tally_.finish();
    return ended;
  }

 private:
  Outcome addLine(const LinePiece& piece) {
    if (!hasSequence_) sequenceOffset_ = piece.offset;
    hasSequence_ = true;
    for (std::span<const uint8_t> bytes = piece.bytes; !bytes.empty();) {
      const size_t count = std::min(bytes.size(), residues_.size() - held_);
      held_ += canonicalResidues(bytes.first(count), residues_.data() + held_);
      bytes = bytes.subspan(count);
      if (held_ < residues_.size()) continue;
      if (packedResidues_ + held_ >= kLengthLimit) return Outcome::malformedAt(piece.offset, "2^40 residues or more");
      if (packedResidues_ == 0) {
        if (const Outcome begun = beginLong(); !begun.ok()) return begun;
      }
      if (const Outcome packed = packPiece(); !packed.ok()) return packed;
    }
    return {};
  }

  Outcome packWhole(std::span<const uint8_t> residues) {
    countGc(residues);
    packer_.restart(request_.packs);
    std::span<const uint8_t> codes = codes_.first(packer_.pack(residues, codes_));
    PackedResidues packed = packer_.finish();
    if (packer_.hasOverflowed() || codes.size() + packed.exceptions.size() > residues.size()) {
      packer_.restart(false);
      packed = packer_.finish();
      codes = residues;
    }
    if (const Outcome begun = byRank_.begin(); !begun.ok()) return begun;
    if (const Outcome appended = byRank_.append(codes); !appended.ok()) return appended;
    return appendTrailer(packed);
  }

  Outcome appendTrailer(const PackedResidues& packed) {
    if (!packed.exceptions.empty()) {
      if (const Outcome appended = byRank_.append(packed.exceptions); !appended.ok()) return appended;
    }
    return byRank_.append(PayloadTrailer(packed).bytes);
  }

  Outcome beginLong() {
    hash_.restart();
    complexity_ = complexityOf(residues_);
    packer_.restart(request_.packs);
    return byRank_.begin();
  }

  /// What is held of a long sequence goes to the sorter.
  Outcome packPiece() {
    const std::span<const uint8_t> residues = residues_.first(held_);
    hash_.update(residues);
    countGc(residues);
    const size_t bytes = packer_.pack(residues, codes_);
    packedResidues_ += held_;
    held_ = 0;
    return packer_.hasOverflowed() ? beginAgain() : byRank_.append(codes_.first(bytes));
  }

  Outcome endLong() {
    PackedResidues packed = packer_.finish();
    if (packer_.hasOverflowed()) {
      if (const Outcome again = beginAgain(); !again.ok()) return again;
      packed = packer_.finish();
    }
    return appendTrailer(packed);
  }

  /// The long sequence has more exceptions than can be kept: what was taken of it is read again and kept at 8 bits.
  Outcome beginAgain() {
    byRank_.abandon();
    packer_.restart(false);
    if (const Outcome begun = byRank_.begin(); !begun.ok()) return begun;
    FastaScanner scanner = FastaScanner::withinRecord(sequenceOffset_);
    uint64_t offset = sequenceOffset_;
    uint64_t missing = packedResidues_;
    while (missing > 0) {
      size_t count = 0;
      if (const Outcome read = request_.windows.input.read(offset, reread_, count); !read.ok()) return read;
      // The file is shorter than it was.
      if (count == 0) return Outcome::failed({ESTALE, "pread"});
      offset += count;
      scanner.feed(reread_.first(count));
      LinePiece piece;
      while (missing > 0 && scanner.next(piece)) {
        if (piece.kind == LineKind::header) return Outcome::failed({ESTALE, "pread"});
        if (piece.kind != LineKind::sequence) continue;
        const size_t residues = canonicalResidues(piece.bytes, codes_.data());
        const size_t taken = static_cast<size_t>(std::min<uint64_t>(residues, missing));
        if (const Outcome appended = byRank_.append(codes_.first(taken)); !appended.ok()) return appended;
        missing -= taken;
      }
    }
    return {};
  }

  void countGc(std::span<const uint8_t> residues) {
    if (counts_.alphabet == Alphabet::nucleotide) gcResidues_ += gcCount(residues);
  }

  /// The share of distinct 3-mers among those of the first residues. They are told apart by the low five bits of each
  /// residue, which are those of the letter.
  float complexityOf(std::span<const uint8_t> residues) {
    const size_t count = std::min(residues.size(), kComplexityResidues);
    if (count < 3) return 0;
    size_t distinct = 0;
    const auto eachTriplet = [&](auto action) {
      uint32_t triplet = (residues[0] & 31u) << 5 | (residues[1] & 31u);
      for (size_t at = 2; at < count; ++at) {
        triplet = (triplet << 5 | (residues[at] & 31u)) & 0x7FFF;
        action(triplets_[triplet / 64], uint64_t{1} << (triplet % 64));
      }
    };
    eachTriplet([&](uint64_t& word, uint64_t bit) {
      distinct += (word & bit) == 0;
      word |= bit;
    });
    eachTriplet([](uint64_t& word, uint64_t) { word = 0; });
    return static_cast<float>(distinct) / static_cast<float>(count - 2);
  }

  const IngestRequest& request_;
  ExternalSorter& byRank_;
  IngestCounts& counts_;
  SequenceTally tally_;
  ResiduePacker packer_;
  Xxh64 hash_;
  std::span<uint8_t> residues_;
  std::span<uint8_t> codes_;
  std::span<uint8_t> exceptions_;
  std::span<uint8_t> reread_;
  std::span<uint64_t> triplets_;

  bool isInRecord_ = false;
  bool hasSequence_ = false;
  /// Where the lines behind the header begin.
  uint64_t sequenceOffset_ = 0;
  size_t held_ = 0;
  uint64_t packedResidues_ = 0;
  uint64_t gcResidues_ = 0;
  float complexity_ = 0;
};

}  // namespace

size_t ingestBytes(const IngestRequest& request) {
  constexpr size_t kAlignment = 64;
  return InputWindows::memoryBytes(request.windows) + 2 * kHeldResidues + kExceptionBytes + kRereadBytes +
         kTripletWords * sizeof(uint64_t) + SequenceTally::bytes(request.columnAlignment) + 2 * kAlignment;
}

Outcome ingest(const IngestRequest& request, ExternalSorter& byRank, Grant memory, Progress& progress,
               IngestCounts& counts) {
  counts = {};
  Ingestion ingestion(request, byRank, counts);
  if (!ingestion.takeMemory(memory)) return Outcome::lacksMemory(ingestBytes(request));
  const InputCheck check = checkInput(request.windows.input, request.takesAnything, ingestion.scratch());
  if (!check.outcome.ok()) return check.outcome;
  ingestion.decide(request.alphabetIsGiven ? request.alphabet : check.alphabet);

  progress.total = request.windows.input.byteLength();
  InputWindows windows(request.windows);
  if (const Outcome started = windows.start(memory); !started.ok()) return started;
  FastaScanner scanner;
  for (std::span<const uint8_t> window = windows.next(); !window.empty(); window = windows.next()) {
    if (progress.cancelled) return Outcome::wasCancelled();
    scanner.feed(window);
    if (const Outcome taken = ingestion.take(scanner); !taken.ok()) return taken;
    counts.inputBytes += window.size();
    progress.done = counts.inputBytes;
  }
  scanner.finish();
  if (const Outcome taken = ingestion.take(scanner); !taken.ok()) return taken;
  if (const Outcome ended = ingestion.finish(); !ended.ok()) return ended;
  return windows.finish(counts.sha256);
}

}  // namespace mm
