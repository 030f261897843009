// Hits carried over to members, against lists of pairs that were kept while sequences were made.

#include <algorithm>
#include <optional>
#include <vector>

#include "../sequence/accession.h"
#include "../sequence/alignment_lift.h"
#include "../sequence/hit_line.h"
#include "check.h"
#include "sequence_random.h"

using namespace mm_test;

namespace {

using Bytes = std::vector<uint8_t>;

std::span<const uint8_t> bytesOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
std::string textOf(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}
std::string reversed(const std::string& text) {
  Bytes out(text.size());
  mm::reverseComplement(bytesOf(text), false, out);
  return textOf(out);
}

/// A sequence made of a stretch of another, residue by residue.
struct Made {
  std::string text;
  /// For each residue of the stretch, the one opposite.
  std::vector<std::optional<size_t>> pairs;
  Bytes operations;
  std::string cigar;
  std::string difference;
};

Made make(Random& random, const std::string& from, bool hasEnds) {
  Made made;
  made.pairs.resize(from.size());
  made.operations.resize(64 + 16 * from.size());
  mm::OperationWriter writer(made.operations);
  uint64_t copied = 0;
  const auto flushCopies = [&] {
    if (copied > 0) {
      made.cigar += std::to_string(copied) + "=";
      made.difference += ":" + std::to_string(copied);
    }
  };
  const auto edit = [&](mm::Edit kind, const std::string& residues, uint64_t length) {
    CHECK(writer.add({copied, kind, length, bytesOf(residues)}));
    flushCopies();
    copied = 0;
  };
  const auto insert = [&](size_t length) {
    const std::string residues = randomSequence(random, length, kNucleotides);
    edit(mm::Edit::insert, residues, length);
    made.cigar += std::to_string(length) + "I";
    made.difference += "+" + residues;
    made.text += residues;
  };
  if (hasEnds && random() % 2 == 0) insert(1 + random() % 9);
  for (size_t at = 0; at < from.size(); ++at) {
    const uint64_t kind = random() % 14;
    const bool isInside = at > 0 && at + 1 < from.size();
    if (kind == 0 && isInside) {
      edit(mm::Edit::erase, {}, 1);
      made.cigar += "1D";
      made.difference += std::string("-") + from[at];
      continue;
    }
    if (kind == 1 && isInside) insert(1 + random() % 3);
    made.pairs[at] = made.text.size();
    if (kind == 2 || kind == 3) {
      std::string residue = randomSequence(random, 1, kNucleotides);
      if (residue[0] == from[at]) residue[0] = from[at] == 'A' ? 'C' : 'A';
      edit(mm::Edit::substitute, residue, 1);
      made.cigar += "1X";
      made.difference += std::string("*") + from[at] + residue;
      made.text += residue;
    } else {
      ++copied;
      made.text += from[at];
    }
  }
  if (hasEnds && random() % 2 == 0) insert(1 + random() % 9);
  CHECK(writer.add({copied, mm::Edit::end, 0, {}}));
  flushCopies();
  made.operations.resize(writer.written().size());
  return made;
}

struct Lifted {
  mm::SpanLift span;
  mm::AlignmentLift alignment;
  std::string cigar;
};

Lifted lift(const Made& member, int64_t start, const mm::HitAlignment& alignment, mm::LiftTarget target, bool isReverse) {
  Lifted lifted{mm::SpanLift(target), mm::AlignmentLift(alignment, target, isReverse), {}};
  const auto sink = [&lifted](uint64_t length, char letter) { lifted.cigar += std::to_string(length) + letter; };
  mm::RunReader runs(0, start, member.text.size(), member.operations);
  for (mm::AlignedRun run; runs.next(run);) {
    lifted.span.add(run);
    lifted.alignment.add(run, sink);
  }
  lifted.alignment.finish(sink);
  CHECK(!runs.damaged());
  return lifted;
}

/// The CIGAR fits the two texts, and has just these pairs.
void checkCigar(const Lifted& lifted, const std::string& query, const std::string& member,
                const std::vector<std::pair<size_t, size_t>>& wanted, bool saysAll) {
  size_t at = lifted.alignment.queryBegin(), on = lifted.alignment.memberBegin();
  uint64_t matches = 0, columns = 0, doubtful = 0;
  std::vector<std::pair<size_t, size_t>> pairs;
  uint64_t length = 0;
  for (const char letter : lifted.cigar) {
    if (letter >= '0' && letter <= '9') {
      length = length * 10 + static_cast<uint64_t>(letter - '0');
      continue;
    }
    for (uint64_t column = 0; column < length; ++column) {
      if (letter == 'D') ++on;
      if (letter == 'I') ++at;
      if (letter == 'D' || letter == 'I') continue;
      if (letter != 'M') CHECK((query[at] == member[on]) == (letter == '='));
      matches += letter == '=';
      doubtful += letter == 'M';
      pairs.emplace_back(at++, on++);
    }
    columns += length;
    length = 0;
  }
  CHECK(at == lifted.alignment.queryEnd() && on == lifted.alignment.memberEnd());
  CHECK(pairs == wanted);
  CHECK(columns == lifted.alignment.columns() && matches == lifted.alignment.matches());
  CHECK(doubtful == lifted.alignment.doubtful() && (!saysAll || doubtful == 0));
}

void testRandomLifts() {
  Random random(17);
  size_t liftedCount = 0, emptyCount = 0, sameCount = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string representative = randomSequence(random, 20 + random() % 200, kNucleotides);
    const bool isReverse = random() % 2 == 0;
    const std::string strand = isReverse ? reversed(representative) : representative;
    const size_t from = random() % (strand.size() / 2), to = strand.size() / 2 + random() % (strand.size() / 2) + 1;
    const Made member = make(random, strand.substr(from, to - from), true);
    const size_t begin = random() % (representative.size() - 3), end = begin + 1 + random() % (representative.size() - begin);
    const size_t hitEnd = std::min(end, representative.size());
    const Made hit = make(random, representative.substr(begin, hitEnd - begin), false);
    const int64_t length = static_cast<int64_t>(representative.size());
    const int64_t start = isReverse ? static_cast<int64_t>(from) - length : static_cast<int64_t>(from);
    const mm::LiftTarget target = mm::LiftTarget::of(begin, hitEnd, isReverse);

    // In the order of the member: its residue, and the query's opposite the same residue.
    std::vector<std::pair<size_t, size_t>> wanted;
    std::vector<size_t> aligned;
    for (size_t at = from; at < to; ++at) {
      const size_t residue = isReverse ? representative.size() - 1 - at : at;
      if (residue < begin || residue >= hitEnd || !member.pairs[at - from]) continue;
      aligned.push_back(*member.pairs[at - from]);
      if (!hit.pairs[residue - begin]) continue;
      const size_t query = *hit.pairs[residue - begin];
      wanted.emplace_back(isReverse ? hit.text.size() - 1 - query : query, aligned.back());
    }
    const std::string query = isReverse ? reversed(hit.text) : hit.text;
    for (const bool isCigar : {true, false}) {
      const mm::HitAlignment alignment(
          isCigar ? mm::HitAlignment::Notation::cigar : mm::HitAlignment::Notation::difference,
          bytesOf(isCigar ? hit.cigar : hit.difference));
      mm::HitAlignment::Sums sums;
      CHECK(alignment.sums(sums) && sums.query == hit.text.size() && sums.target == hitEnd - begin);
      const Lifted lifted = lift(member, start, alignment, target, isReverse);
      CHECK(lifted.alignment.isLifted() == !wanted.empty());
      if (!wanted.empty()) checkCigar(lifted, query, member.text, wanted, !isCigar);
      CHECK(lifted.span.isLifted() == !aligned.empty());
      if (aligned.empty()) continue;
      CHECK(lifted.span.begin() == aligned.front() && lifted.span.end() == aligned.back() + 1);
      const size_t first = isReverse ? representative.size() - hitEnd : begin;
      const size_t last = isReverse ? representative.size() - begin - 1 : hitEnd - 1;
      const auto isPaired = [&](size_t at) { return at >= from && at < to && member.pairs[at - from].has_value(); };
      CHECK(lifted.span.isWhole() == (isPaired(first) && isPaired(last)));
      const std::string stretch = representative.substr(begin, hitEnd - begin);
      const std::string there = member.text.substr(aligned.front(), aligned.back() + 1 - aligned.front());
      // Equal text by chance, with gaps that make up for each other, is not called the same.
      if (lifted.span.isSame()) CHECK(there == (isReverse ? reversed(stretch) : stretch));
      sameCount += lifted.span.isSame();
    }
    ++(wanted.empty() ? emptyCount : liftedCount);
  }
  CHECK(liftedCount > 2000 && emptyCount > 50 && sameCount > 50);
}

void testDoubtfulPairs() {
  // Query and member both differ from the representative at one place: only cs:Z says whether from each other.
  Bytes operations(32);
  mm::OperationWriter writer(operations);
  CHECK(writer.add({2, mm::Edit::substitute, 1, bytesOf("T")}) && writer.add({2, mm::Edit::end, 0, {}}));
  const Made member{"AATAA", {}, {writer.written().begin(), writer.written().end()}, {}, {}};
  const auto cigarOf = [&](mm::HitAlignment::Notation notation, const std::string& text) {
    return lift(member, 0, mm::HitAlignment(notation, bytesOf(text)), {0, 5}, false).cigar;
  };
  CHECK(cigarOf(mm::HitAlignment::Notation::cigar, "2=1X2=") == "2=1M2=");
  CHECK(cigarOf(mm::HitAlignment::Notation::cigar, "5=") == "2=1X2=");
  CHECK(cigarOf(mm::HitAlignment::Notation::cigar, "5M") == "5M");
  CHECK(cigarOf(mm::HitAlignment::Notation::difference, ":2*ct:2") == "5=");
  CHECK(cigarOf(mm::HitAlignment::Notation::difference, ":2*cu:2") == "5=");
  CHECK(cigarOf(mm::HitAlignment::Notation::difference, "=AA*cg=AA") == "2=1X2=");
  CHECK(cigarOf(mm::HitAlignment::Notation::cigar, "1=3N1=") == "1=3N1=");
  CHECK(cigarOf(mm::HitAlignment::Notation::difference, ":1~gt3ag:1") == "1=3N1=");
}

void testDamagedAlignments() {
  mm::HitAlignment::Sums sums;
  for (const std::string text : {"", "M", "0M", "12", "5M3", "3S5M", "-5M", "99999999999999999999M", "1=1?1="}) {
    CHECK(!mm::HitAlignment(mm::HitAlignment::Notation::cigar, bytesOf(text)).sums(sums));
  }
  for (const std::string text : {"", "5", ":", ":0", ":x", "*a", "*acg", "*a1", "+", "-", "+a1", "~", "~gtag", "~gt0ag", "::5"}) {
    CHECK(!mm::HitAlignment(mm::HitAlignment::Notation::difference, bytesOf(text)).sums(sums));
  }
}

void testDamagedOperations() {
  Random random(5);
  for (int round = 0; round < 20000; ++round) {
    Bytes operations(random() % 24);
    for (uint8_t& byte : operations) byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : random() % 8);
    mm::RunReader runs(0, 0, 40, operations);
    uint64_t residues = 0;
    for (mm::AlignedRun run; runs.next(run);) residues = std::max(residues, run.member + run.length);
    CHECK(residues <= 40);
  }
}

void testLines() {
  mm::Hit hit;
  const std::string tabular = "q\tt\t98.2\t50\t1\t0\t11\t60\t200\t151\t1e-9\t88\tmore";
  CHECK(mm::readHit(bytesOf(tabular), mm::HitFormat::tabular, hit) == nullptr);
  CHECK(textOf(hit.target) == "t" && hit.targetBegin == 150 && hit.targetEnd == 200 && hit.targetDescends);
  CHECK(hit.queryBegin == 10 && hit.queryEnd == 60 && !hit.queryDescends && textOf(hit.rest) == "\tmore");
  const std::string start = "q\t60\t10\t60\t-\tt\t300\t150\t200\t49\t50\t60";
  CHECK(mm::readHit(bytesOf(start), mm::HitFormat::paf, hit) == nullptr && hit.alignment.isEmpty());
  const std::string both = start + "\tcs:Z::50\tcg:Z:50=";
  CHECK(mm::readHit(bytesOf(both), mm::HitFormat::paf, hit) == nullptr);
  CHECK(hit.alignment.notation() == mm::HitAlignment::Notation::difference && hit.isReverse && hit.targetLength == 300);

  mm::HitFormat format = mm::HitFormat::paf;
  CHECK(mm::formatOfHit(bytesOf(tabular), format) && format == mm::HitFormat::tabular);
  CHECK(mm::formatOfHit(bytesOf(start), format) && format == mm::HitFormat::paf);
  const std::string without = "q\t60\t0\t0\t*\t*\t0\t0\t0\t0\t0\t0", unhit = "q\t*\t0.0\t0\t0\t0\t0\t0\t0\t0\t-1\t0";
  CHECK(!mm::formatOfHit(bytesOf(without), format) && !mm::formatOfHit(bytesOf(unhit), format));
  CHECK(mm::readHit(bytesOf(without), mm::HitFormat::paf, hit) != nullptr && mm::isNoTarget(hit));
  CHECK(mm::readHit(bytesOf(unhit), mm::HitFormat::tabular, hit) != nullptr && mm::isNoTarget(hit));

  for (const std::string line :
       {"", "q\tt", "q\tt\t98\t50\t1\t0\t0\t60\t1\t50\t0\t8", "q\tt\t98\t50\t1\t0\t1\t60\t1\t5x\t0\t8",
        "q\tt\t98\t50\t1\t0\t1\t60\t1\t99999999999999\t0\t8", "q\tt\t98\t50\t1\t0\t1\t60\t1\t50\t0"}) {
    CHECK(mm::readHit(bytesOf(line), mm::HitFormat::tabular, hit) != nullptr);
  }
  for (const std::string line :
       {"q\t60\t10\t60\t?\tt\t300\t150\t200\t49\t50\t60", "q\t60\t10\t61\t+\tt\t300\t150\t200\t49\t50\t60",
        "q\t60\t10\t60\t+\tt\t300\t200\t200\t49\t50\t60", "q\t60\t10\t60\t+\tt\t199\t150\t200\t49\t50\t60",
        "q\t60\t10\t60\t+\tt\t300\t150\t200\t49\t50\t60\tcg:Z:49="}) {
    CHECK(mm::readHit(bytesOf(line), mm::HitFormat::paf, hit) != nullptr);
  }
}

void testAccessions() {
  const auto accession = [](const std::string& name) { return textOf(mm::accessionOf(bytesOf(name))); };
  CHECK(accession("sp|P12345|ABC_HUMAN") == "P12345");
  CHECK(accession("tr|Q67890") == "Q67890");
  CHECK(accession("gi|12345|ref|NP_0001.1|") == "NP_0001.1");
  CHECK(accession("gnl|db|acc77") == "acc77");
  CHECK(accession("pir||S12345") == "S12345");
  CHECK(accession("foo|bar|baz").empty() && accession("plain").empty() && accession("gi|12345").empty());
}

}  // namespace

int main() {
  testRandomLifts();
  testDoubtfulPairs();
  testDamagedAlignments();
  testDamagedOperations();
  testLines();
  testAccessions();
  return checkResult();
}
