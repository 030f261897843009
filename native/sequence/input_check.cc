#include "input_check.h"

#include <algorithm>
#include <array>

#include "fasta_scanner.h"

namespace mm {

namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

class BeginningOfInput {
 public:
  explicit BeginningOfInput(std::span<uint8_t> residueRoom) : residueRoom_(residueRoom) {}

  void take(const LinePiece& piece) {
    if (piece.startsLine) {
      const uint8_t first = piece.bytes.empty() ? '\n' : piece.bytes[0];
      if (lines_ < firstBytes_.size()) firstBytes_[lines_++] = first;
      if (piece.kind == LineKind::header && piece.offset < kMiB) hasHeader_ = true;
    }
    if (piece.kind != LineKind::sequence) return;
    const size_t count = canonicalResidues(piece.bytes, residueRoom_.data());
    const size_t counted = static_cast<size_t>(std::min<uint64_t>(count, kMiB - residues_));
    for (const uint8_t residue : residueRoom_.first(counted)) nucleotides_ += kIsNucleotide[residue];
    residues_ += counted;
  }

  bool hasSeenEnough() const { return residues_ == kMiB; }
  bool isFastq() const { return firstBytes_[0] == '@' && firstBytes_[1] != '>' && firstBytes_[2] == '+'; }
  bool hasHeader() const { return hasHeader_; }
  Alphabet alphabet() const {
    return nucleotides_ * 10 >= residues_ * 9 ? Alphabet::nucleotide : Alphabet::protein;
  }

 private:
  static constexpr std::array<uint8_t, 256> kIsNucleotide = [] {
    std::array<uint8_t, 256> table{};
    for (const char letter : {'A', 'C', 'G', 'T', 'U', 'N'}) table[static_cast<uint8_t>(letter)] = 1;
    return table;
  }();

  std::span<uint8_t> residueRoom_;
  std::array<uint8_t, 3> firstBytes_{};
  size_t lines_ = 0;
  bool hasHeader_ = false;
  uint64_t residues_ = 0;
  uint64_t nucleotides_ = 0;
};

}  // namespace

InputCheck checkInput(const InputFiles& input, bool takesAnything, std::span<uint8_t> scratch) {
  const std::span<uint8_t> window = scratch.first(scratch.size() / 2);
  BeginningOfInput beginning(scratch.subspan(window.size()));
  FastaScanner scanner;
  LinePiece piece;
  uint64_t bytes = 0;
  const auto isHopeless = [&] { return !takesAnything && !beginning.hasHeader() && bytes >= kMiB; };
  while (!beginning.hasSeenEnough() && !isHopeless()) {
    size_t count = 0;
    if (const Outcome read = input.read(bytes, window, count); !read.ok()) return {Alphabet::nucleotide, read};
    if (count == 0) break;
    bytes += count;
    scanner.feed(window.first(count));
    while (scanner.next(piece)) beginning.take(piece);
  }
  InputCheck check{beginning.alphabet(), {}};
  if (takesAnything) return check;
  if (beginning.isFastq()) {
    check.outcome = Outcome::malformedAt(0, "this is FASTQ: four lines a record, with qualities");
  } else if (!beginning.hasHeader() && bytes > 0) {
    check.outcome = Outcome::malformedAt(0, "no line begins with '>' in the first MiB");
  }
  return check;
}

}  // namespace mm
