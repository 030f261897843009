// Neither threads nor batches, memory nor the order of the input change who belongs to whom.

#include <set>

#include "sequence_clustering.h"

namespace {

using namespace mm_test;

/// Memory in which the representatives take several rounds.
size_t scarceBytes(const mm::ClusterRequest& request, const Variation& variation, size_t longest) {
  mm::ClusterRequest asked = request;
  asked.threads = variation.threads;
  asked.batchRecords = variation.batchRecords;
  return mm::fewestClusterBytes(asked, longest);
}

/// With many strangers among them, so that the representatives need far more than the least memory.
void dependsOnNothingElse(mm::ClusterRequest request, Sequences sequences, Random& random,
                          std::string_view letters) {
  request.packs = false;
  for (int stranger = 0; stranger < 2500; ++stranger) {
    sequences.push_back(randomSequence(random, 200 + random() % 400, letters));
  }
  size_t longest = 0;
  for (const std::string& sequence : sequences) longest = std::max(longest, sequence.size());
  const Result plain = clustered(request, sequences, {});
  CHECK(plain.counts.rounds == 1 && plain.counts.members > 300);
  std::vector<Variation> variations{{.threads = 2}, {.threads = 4, .batchRecords = 7}, {.batchRecords = 13}};
  variations.push_back({.threads = 2, .batchRecords = 100, .prefetchDistance = 0});
  for (const unsigned threads : {1u, 4u}) {
    Variation scarce{.threads = threads, .batchRecords = 100};
    scarce.memoryBytes = scarceBytes(request, scarce, longest);
    variations.push_back(scarce);
  }
  for (const Variation& variation : variations) {
    const Result other = clustered(request, sequences, variation);
    CHECK(other.members == plain.members);
    CHECK(other.counts.alignments == plain.counts.alignments && other.counts.identities == plain.counts.identities);
    CHECK(other.counts.clusterSizes == plain.counts.clusterSizes);
    CHECK(other.counts.exactDuplicates == plain.counts.exactDuplicates);
    if (variation.memoryBytes < size_t{16} << 20) CHECK(other.counts.rounds >= 5);
  }
}

/// The clusters as sets of sequences.
std::map<std::string, std::multiset<std::string>> partition(const Result& result, const Sequences& sequences) {
  std::map<std::string, std::multiset<std::string>> clusters;
  for (const auto& [number, member] : result.members) clusters[sequences[member.first]].insert(sequences[number]);
  return clusters;
}

void orderDoesNotMatter(const mm::ClusterRequest& request, Sequences sequences, Random& random) {
  const auto before = partition(clustered(request, sequences, {.threads = 2}), sequences);
  std::shuffle(sequences.begin(), sequences.end(), random);
  CHECK(partition(clustered(request, sequences, {.threads = 2}), sequences) == before);
}

void duplicatesAcrossBatches() {
  Random random(5);
  const std::string founder = randomSequence(random, 300, kNucleotides);
  Sequences sequences(50, founder);
  sequences.insert(sequences.end(), 50, founder.substr(10, 280) + "ACGTN");
  sequences.insert(sequences.end(), 50, turned(founder.substr(20, 250)));
  for (const uint32_t batchRecords : {1u, 3u, 1000u}) {
    const Result result = clustered(nucleotides(), sequences, {.threads = 2, .batchRecords = batchRecords});
    CHECK(result.counts.representatives == 1 && result.counts.exactDuplicates == 147);
    CHECK(result.counts.clusterSizes[8] == 1);
  }
}

void endsWhenCancelled() {
  Random random(10);
  const Sequences sequences = families(random, 20, kNucleotides, true);
  Result result;
  Run run(nucleotides(), sequences);
  run.progress().cancelled = true;
  CHECK(run.cluster({.threads = 2}, result).kind == mm::Outcome::Kind::cancelled);
}

}  // namespace

int main() {
  Random random(1);
  const Sequences genes = families(random, 150, kNucleotides, true);
  const Sequences chains = families(random, 150, kAminoAcids, false);
  dependsOnNothingElse(nucleotides(), genes, random, kNucleotides);
  dependsOnNothingElse(proteins(), chains, random, kAminoAcids);
  orderDoesNotMatter(nucleotides(), genes, random);
  orderDoesNotMatter(proteins(), chains, random);
  duplicatesAcrossBatches();
  endsWhenCancelled();
  return checkResult();
}
