#include "sketch.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mm {

namespace {

constexpr uint8_t kNoCode = 0xFF;

/// Groups of amino acids that replace each other, from mutual information of BLOSUM62 (as MMseqs2's alphabet of 13 with
/// X).
constexpr std::array<uint8_t, 256> kProteinCodes = [] {
  std::array<uint8_t, 256> table{};
  table.fill(kNoCode);
  constexpr const char* kGroups[] = {"AST", "C", "DBN", "EQZ", "FY", "G", "H", "IV", "KR", "LJM", "P", "W"};
  uint8_t code = 0;
  for (const char* group : kGroups) {
    for (const char* letter = group; *letter != 0; ++letter) table[static_cast<uint8_t>(*letter)] = code;
    ++code;
  }
  return table;
}();

constexpr std::array<uint8_t, 256> kNucleotideCodes = [] {
  std::array<uint8_t, 256> table{};
  table.fill(kNoCode);
  table['A'] = 0;
  table['C'] = 1;
  table['G'] = 2;
  table['T'] = table['U'] = 3;
  return table;
}();

/// Its high bits say whether a k-mer is taken...
uint64_t sampleHash(uint64_t word) {
  return word * 0x9E3779B97F4A7C15;
}

/// ...and this, of those that are, who they are.
uint64_t keyOf(uint64_t hash) {
  hash ^= hash >> 32;
  hash *= 0xD6E8FEB86659FD93;
  return (hash ^ hash >> 29) & ((uint64_t{1} << kKmerBits) - 1);
}

/// Short sequences are collected this much more densely than `fewest` needs, before the lowest are taken.
constexpr uint64_t kSpare = 2;
constexpr uint64_t kDenseLength = uint64_t{1} << 14;
constexpr uint64_t kSparseLength = uint64_t{1} << 24;

uint64_t oneIn(uint64_t density) {
  return density <= 1 ? UINT64_MAX : UINT64_MAX / density;
}

}  // namespace

SketchShape SketchShape::of(Alphabet alphabet, uint32_t identity, bool bothStrands) {
  SketchShape shape;
  shape.alphabet = alphabet;
  shape.bothStrands = bothStrands && alphabet == Alphabet::nucleotide;
  struct Row {
    uint32_t identity;
    uint32_t k;
    uint32_t density;
    uint32_t fewest;
  };
  // Higher identities share longer k-mers, of which fewer are needed.
  constexpr Row kProtein[] = {{9000, 12, 20, 8}, {8000, 10, 16, 12}, {6500, 8, 12, 16}, {0, 8, 8, 24}};
  constexpr Row kNucleotide[] = {{9500, 23, 20, 12}, {9000, 20, 16, 12}, {0, 17, 12, 16}};
  const Row* row = alphabet == Alphabet::protein ? kProtein : kNucleotide;
  while (identity < row->identity) ++row;
  shape.k = row->k;
  shape.density = row->density;
  shape.fewest = row->fewest;
  return shape;
}

uint32_t SketchShape::densityFor(uint64_t length) const {
  return length <= kDenseLength ? density : length <= kSparseLength ? std::max(density, 64u) : std::max(density, 512u);
}

size_t SketchShape::mostKmers(uint64_t length) const {
  if (length < k) return 0;
  const uint64_t sampled = 2 * length / densityFor(length) + 64 + 2 * kSpare * fewest;
  return static_cast<size_t>(std::min(length - k + 1, sampled));
}

void StoredSketch::write(const SketchKmer& kmer, uint8_t* out) {
  // The low bytes of a key, on machines that have them first.
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(out, &kmer.key, kKmerBits / 8);
  std::memcpy(out + kKmerBits / 8, &kmer.place, sizeof kmer.place);
}

std::span<SketchKmer> StoredSketch::read(std::span<const uint8_t> stored, std::span<SketchKmer> out) {
  const std::span<SketchKmer> kmers = out.first(std::min(stored.size() / kKmerBytes, out.size()));
  for (size_t at = 0; at < kmers.size(); ++at) {
    kmers[at].key = 0;
    std::memcpy(&kmers[at].key, stored.data() + at * kKmerBytes, kKmerBits / 8);
    std::memcpy(&kmers[at].place, stored.data() + at * kKmerBytes + kKmerBits / 8, sizeof kmers[at].place);
  }
  return kmers;
}

Sketcher::Sketcher(const SketchShape& shape, uint64_t length, std::span<SketchKmer> out)
    : shape_(shape), out_(out), dense_(oneIn(shape.densityFor(length))) {
  // Short enough for all of its k-mers to be collected and the lowest to be taken.
  const uint64_t needed = kSpare * shape.fewest;
  const uint64_t kmers = length < shape.k ? 0 : length - shape.k + 1;
  threshold_ = kmers <= needed ? UINT64_MAX : std::max(dense_, UINT64_MAX / kmers * needed);
}

void Sketcher::feed(std::span<const uint8_t> residues) {
  if (shape_.alphabet == Alphabet::protein) return roll<true, false>(residues);
  return shape_.bothStrands ? roll<false, true>(residues) : roll<false, false>(residues);
}

template <bool isProtein, bool bothStrands>
void Sketcher::roll(std::span<const uint8_t> residues) {
  const std::array<uint8_t, 256>& codes = isProtein ? kProteinCodes : kNucleotideCodes;
  constexpr unsigned kBits = isProtein ? 4 : 2;
  const uint64_t mask = (uint64_t{1} << (kBits * shape_.k)) - 1;
  const uint64_t lookedAt = mask & this->lookedAt();
  const unsigned topShift = kBits * (shape_.k - 1);
  uint64_t word = word_;
  uint64_t reverse = reverse_;
  uint32_t valid = valid_;
  for (const uint8_t residue : residues) {
    const uint64_t code = codes[residue];
    ++position_;
    if (code == kNoCode) {
      valid = 0;
      continue;
    }
    word = (word << kBits | code) & mask;
    if constexpr (bothStrands) reverse = reverse >> kBits | (code ^ 3) << topShift;
    if (++valid < shape_.k) continue;
    const bool isReverse = bothStrands && (reverse & lookedAt) < (word & lookedAt);
    const uint64_t lower = (isReverse ? reverse : word) & lookedAt;
    const uint64_t hash = sampleHash(lower);
    if (hash < threshold_) [[unlikely]] keep(hash, lower, isReverse);
  }
  word_ = word;
  reverse_ = reverse;
  valid_ = valid;
}

/// The bits of the residues that count: the same from both ends, as k is one less than a multiple of three.
uint64_t Sketcher::lookedAt() const {
  if (shape_.alphabet == Alphabet::protein) return UINT64_MAX;
  uint64_t bits = 0;
  for (uint32_t at = 0; at < shape_.k; ++at) bits |= at % 3 == 2 ? 0 : uint64_t{3} << (2 * at);
  return bits;
}

/// One or two distinct letters: such k-mers are everywhere.
bool Sketcher::isSimple(uint64_t word) const {
  const unsigned bits = shape_.alphabet == Alphabet::protein ? 4 : 2;
  uint32_t seen = 0;
  const uint32_t each = shape_.alphabet == Alphabet::protein ? UINT32_MAX : 2;
  for (uint32_t at = 0; at < shape_.k; ++at) {
    if (at % 3 != each) seen |= 1u << (word >> (bits * at) & ((1u << bits) - 1));
    const uint32_t butOne = seen & (seen - 1);
    if ((butOne & (butOne - 1)) != 0) return false;
  }
  return true;
}

void Sketcher::keep(uint64_t hash, uint64_t word, bool isReverse) {
  if (count_ == out_.size() || isSimple(word)) return;
  const uint64_t start = position_ - shape_.k;
  out_[count_++] = {hash, static_cast<uint32_t>(start << 1 | (isReverse ? 1 : 0))};
  denseCount_ += hash < dense_;
}

/// Leaves those below dense_, or the `fewest` lowest when these are more.
void Sketcher::keepFewest() {
  const std::span<SketchKmer> all = out_.first(count_);
  const auto byHash = [](const SketchKmer& a, const SketchKmer& b) {
    return a.key != b.key ? a.key < b.key : a.place < b.place;
  };
  const size_t kept = std::max<size_t>(denseCount_, shape_.fewest);
  if (kept >= count_) return;
  std::nth_element(all.begin(), all.begin() + static_cast<ptrdiff_t>(kept), all.end(), byHash);
  count_ = kept;
  std::sort(all.begin(), all.begin() + static_cast<ptrdiff_t>(kept),
            [](const SketchKmer& a, const SketchKmer& b) { return a.place < b.place; });
}

std::span<SketchKmer> Sketcher::finish() {
  if (threshold_ != dense_) keepFewest();
  for (SketchKmer& kmer : out_.first(count_)) kmer.key = keyOf(kmer.key);
  return out_.first(count_);
}

}  // namespace mm
