#include "sequence_tally.h"

#include <bit>

namespace mm {

namespace {

/// The bin of a share from 0 to 1, of which the last one holds 1 alone. Single precision rounds products of a share and a
/// small number to the whole ones they stand for.
template <size_t N>
void addShares(std::span<const float> shares, std::array<uint64_t, N>& bins) {
  for (const float share : shares) ++bins[static_cast<size_t>(share * static_cast<float>(N - 1))];
}

}  // namespace

void SequenceTally::add(uint64_t length, uint64_t gcResidues, float complexity) {
  const RecordNumber record = counts_.records++;
  const bool isNucleotide = counts_.alphabet == Alphabet::nucleotide;
  const float gcContent =
      length == 0 || !isNucleotide ? 0 : static_cast<float>(static_cast<double>(gcResidues) / static_cast<double>(length));
  counts_.gcResidues += gcResidues;
  // Too long for its column.
  if (length > UINT32_MAX) {
    finish();
    addLength(record, length);
    addShares({&complexity, 1}, counts_.complexities);
    if (isNucleotide) addShares({&gcContent, 1}, counts_.gcContents);
    return;
  }
  rows_.add(record, static_cast<uint32_t>(length), gcContent, complexity);
  if (rows_.isFull()) finish();
}

void SequenceTally::finish() {
  const std::span<const uint64_t> ids = rows_.ids();
  const std::span<const uint32_t> lengths = rows_.lengths();
  for (size_t row = 0; row < rows_.count(); ++row) addLength(ids[row], lengths[row]);
  addShares(rows_.complexities(), counts_.complexities);
  if (counts_.alphabet == Alphabet::nucleotide) addShares(rows_.gcContents(), counts_.gcContents);
  rows_.clear();
}

void SequenceTally::addLength(RecordNumber record, uint64_t length) {
  if (record == 0 || length < counts_.shortest) counts_.shortest = length;
  if (record == 0 || length > counts_.longest) {
    counts_.longest = length;
    counts_.longestRecord = record;
  }
  counts_.residues += length;
  ++counts_.lengths[std::bit_width(length)];
}

}  // namespace mm
