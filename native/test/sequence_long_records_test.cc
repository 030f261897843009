#include "check.h"
#include "sequence_reduction.h"

using namespace mm_test;

namespace {

constexpr size_t kLong = size_t{9} << 20;

std::string residues(Random& random, size_t count) {
  std::string out(count, 'A');
  for (char& residue : out) residue = "ACGT"[random.next() >> 7 & 3];
  return out;
}

std::string wrap(const std::string& text, size_t width) {
  std::string out;
  out.reserve(text.size() + text.size() / width + 1);
  for (size_t at = 0; at < text.size(); at += width) out.append(text, at, width) += '\n';
  return out;
}

/// Changes every so many residues of a member made of the whole representative, as operations.
void substitute(std::string& member, size_t every, MadeAssignment& made) {
  made.assignment.memberLength = made.assignment.memberEnd = made.assignment.representativeEnd =
      made.assignment.columns = member.size();
  made.operations.assign(member.size() / every * 8 + 64, 0);
  mm::OperationWriter writer(made.operations);
  size_t last = 0;
  for (size_t at = every / 2; at < member.size(); at += every) {
    member[at] = member[at] == 'A' ? 'C' : 'A';
    const uint8_t residue = static_cast<uint8_t>(member[at]);
    CHECK(writer.add({at - last, mm::Edit::substitute, 1, {&residue, 1}}));
    last = at + 1;
  }
  CHECK(writer.add({member.size() - last, mm::Edit::end, 0, {}}));
  made.operations.resize(writer.written().size());
  made.assignment.operations = made.operations;
  made.assignment.matches = made.assignment.columns - member.size() / every;
}

std::string reverse(const std::string& text) {
  Bytes out(text.size());
  mm::reverseComplement(bytesOf(text), out);
  return {out.begin(), out.end()};
}

/// Records larger than an entry, a block and the memory they are restored in.
void testLongRecords(size_t width, size_t sorterBytes) {
  Random random(6);
  const std::string chromosome = residues(random, kLong);
  std::string forward = chromosome, backward = reverse(chromosome);
  MadeAssignment forwardMade, backwardMade, partMade;
  substitute(forward, 900, forwardMade);
  substitute(backward, 1100, backwardMade);
  const size_t start = 5'000'000, length = 300'000;
  std::string part = reverse(chromosome.substr(start, length));
  substitute(part, 700, partMade);
  partMade.assignment.representativeStart = start;
  partMade.assignment.representativeEnd = start + length;
  for (MadeAssignment* made : {&forwardMade, &backwardMade, &partMade}) made->assignment.representative = 2;
  backwardMade.assignment.isReverse = partMade.assignment.isReverse = true;
  const std::string header = residues(random, 700'000);
  // Members before their representative, a long header in front of each kind, a long comment, a long line of text
  // before the first record.
  const std::string input = residues(random, 200'000) + "\n>forward " + header + "\n" + wrap(forward, width) +
                            ">backward\n" + wrap(backward, width) + ">chromosome " + header + "\n;" + header + "\n" +
                            wrap(chromosome, width) + ">part\n;" + header + "\n" + wrap(part, width) + ">plain\nACGT\n";
  ReduceOptions options;
  options.sorterBytes = sorterBytes;
  const Reduced reduced = reduceWith(bytesOf(input), 5, options, [&](size_t record, MadeAssignment& out) {
    if (record == 2 || record == 4) return false;
    out = std::move(record == 0 ? forwardMade : record == 1 ? backwardMade : partMade);
    return true;
  });
  CHECK(reduced.outcome.ok());
  CHECK(reduced.representatives.size() < kLong + kLong / 50 + 1'500'000);
  // A substitution costs two bytes at most; what is text costs two bits a byte.
  const size_t substitutions = kLong / 900 + kLong / 1100 + length / 700;
  const size_t texts = 200'000 + 2 * header.size();
  CHECK(reduced.deltas.size() < 2 * substitutions + texts * 27 / 100 + 40'000);
  for (const unsigned threads : {1u, 3u}) {
    const Restored restored =
        restore(reduced.representatives, reduced.deltas, threads, threads * (size_t{26} << 20) + (size_t{20} << 20));
    CHECK(restored.outcome.ok());
    CHECK(restored.bytes == bytesOf(input));
  }
  uint64_t found = 0;
  mm::Outcome outcome;
  CHECK(restoreByName(reduced, {"part", "nobody", "backward"}, found, outcome) ==
        bytesOf(">backward\n" + wrap(backward, width) + ">part\n;" + header + "\n" + wrap(part, width)));
  CHECK(outcome.ok());
  CHECK(found == 2);
  CHECK(restoreByName(reduced, {"chromosome"}, found, outcome) ==
        bytesOf(">chromosome " + header + "\n;" + header + "\n" + wrap(chromosome, width)));
}

/// A member made of `span` residues of the representative from `start` on, with the operations given.
MadeAssignment madeOf(size_t start, size_t span, bool isReverse, size_t memberLength,
                      const std::vector<mm::Operation>& operations) {
  MadeAssignment made;
  mm::Assignment& assignment = made.assignment;
  assignment.isReverse = isReverse;
  assignment.memberLength = assignment.memberEnd = assignment.matches = assignment.columns = memberLength;
  assignment.representativeStart = start;
  assignment.representativeEnd = start + span;
  made.operations.assign(64 * (operations.size() + 1), 0);
  mm::OperationWriter writer(made.operations);
  for (const mm::Operation& operation : operations) CHECK(writer.add(operation));
  made.operations.resize(writer.written().size());
  made.assignment.operations = made.operations;
  return made;
}

mm::Operation copyThenErase(uint64_t copy, uint64_t length) { return {copy, mm::Edit::erase, length, {}}; }
mm::Operation copyToEnd(uint64_t copy) { return {copy, mm::Edit::end, 0, {}}; }

/// What comes back when the member is `made` of a representative; empty when that is refused.
Bytes restoredFrom(const std::string& representative, const std::string& member, MadeAssignment made,
                   mm::Alphabet alphabet = mm::Alphabet::nucleotide) {
  const Bytes input = bytesOf(">m\n" + wrap(member, 80) + ">r\n" + wrap(representative, 80));
  made.assignment.representative = 1;
  ReduceOptions options;
  options.alphabet = alphabet;
  const Reduced reduced = reduceWith(input, 2, options, [&](size_t record, MadeAssignment& out) {
    if (record == 0) out = std::move(made);
    return record == 0;
  });
  CHECK(reduced.outcome.ok() && reduced.members == 1);
  const Restored restored = restore(reduced.representatives, reduced.deltas);
  if (restored.outcome.ok()) CHECK(restored.bytes == input);
  if (!restored.outcome.ok()) CHECK(restored.outcome.what == std::string("a block of the delta file makes no sense"));
  return restored.bytes;
}

/// A long representative goes on at its beginning, once; a short one, and a protein, does not.
void testCircles(size_t size) {
  Random random(9);
  const std::string genome = residues(random, size);
  const std::string twice = genome + genome;
  for (const size_t start : {size_t{0}, size_t{1}, size / 3, 2 * size / 3, size - 1}) {
    for (const size_t span : {size, size - 1, size - 100}) {
      const std::string rotated = twice.substr(start, span);
      CHECK(!restoredFrom(genome, rotated, madeOf(start, span, false, span, {})).empty());
      CHECK(!restoredFrom(genome, reverse(rotated), madeOf(start, span, true, span, {})).empty());
    }
    // Edits on either side of the border, and across it.
    const std::string left = twice.substr(start, size / 4), right = twice.substr(start + size / 4 + size / 2, size / 4);
    const size_t span = size / 4 * 2 + size / 2;
    const std::vector<mm::Operation> erases{copyThenErase(size / 4, size / 2), copyToEnd(size / 4)};
    CHECK(!restoredFrom(genome, left + right, madeOf(start, span, false, size / 4 * 2, erases)).empty());
    CHECK(!restoredFrom(genome, reverse(left + right), madeOf(start, span, true, size / 4 * 2, erases)).empty());
  }
  // More than once around within an entry, and behind the second turn.
  const std::string ends = twice.substr(size / 2, 20'000) + twice.substr(size / 2 + 5, 20'000);
  const std::vector<mm::Operation> around{copyThenErase(20'000, size - 20'000 + 5), copyToEnd(20'000)};
  CHECK(restoredFrom(genome, ends, madeOf(size / 2, size + 20'005, false, 40'000, around)).empty());
  CHECK(restoredFrom(genome, reverse(ends), madeOf(size / 2, size + 20'005, true, 40'000, around)).empty());
  CHECK(restoredFrom(genome, genome.substr(0, 300), madeOf(2 * size, 300, false, 300, {})).empty());
  CHECK(restoredFrom(genome, reverse(genome.substr(0, 300)), madeOf(2 * size, 300, true, 300, {})).empty());
  CHECK(restoredFrom(genome, genome.substr(0, 300), madeOf(~uint64_t{0} - 300, 300, false, 300, {})).empty());
  const std::string across = twice.substr(size - 500, 1000);
  CHECK(!restoredFrom(genome, across, madeOf(size - 500, 1000, false, 1000, {})).empty());
  CHECK(restoredFrom(genome, across, madeOf(size - 500, 1000, false, 1000, {}), mm::Alphabet::protein).empty());
  const std::string line = genome.substr(0, mm::kLongestLine);
  const std::string acrossLine = line.substr(line.size() - 500) + line.substr(0, 500);
  CHECK(restoredFrom(line, acrossLine, madeOf(line.size() - 500, 1000, false, 1000, {})).empty());
  CHECK(restoredFrom(line, reverse(acrossLine), madeOf(line.size() - 500, 1000, true, 1000, {})).empty());
}

void testTooLittleMemoryIsSaid() {
  const Reduced reduced = reduce(bytesOf(">a\nACGTACGTACGT\n"));
  // One block in the footer, and its hash.
  const size_t fewest = mm::fewestRestoreBytes(1) + 80 + 8;
  CHECK(restore(reduced.representatives, reduced.deltas, 2, fewest).outcome.ok());
  const Restored restored = restore(reduced.representatives, reduced.deltas, 2, fewest - 1);
  CHECK(restored.outcome.value == 1);
  CHECK(restored.outcome.kind == mm::Outcome::Kind::memory);
  CHECK(restored.outcome.value > 0);
  CHECK(restored.bytes.empty());
}

void testChangedInputIsNoticed() {
  const Reduced other =
      reduceWith(bytesOf(">a\nACGT\n>b\nACGT\n"), 3, {}, [](size_t, MadeAssignment&) { return false; });
  CHECK(other.outcome.kind == mm::Outcome::Kind::io && other.outcome.status.error == ESTALE);
}

void testNamesThatComeOftenOrAreCut() {
  const std::string input = ">x 1\nACGTACGTACGTACGTACGTACGT\n>y\nTTTT\n>x 2\nACGTACGTACGTACGTACGTACGT\n>\nGG\n>x";
  const Reduced reduced = reduce(bytesOf(input));
  uint64_t found = 0;
  mm::Outcome outcome;
  CHECK(restoreByName(reduced, {"x"}, found, outcome) ==
        bytesOf(">x 1\nACGTACGTACGTACGTACGTACGT\n>x 2\nACGTACGTACGTACGTACGTACGT\n>x"));
  CHECK(found == 3);
  CHECK(restoreByName(reduced, {""}, found, outcome) == bytesOf(">\nGG\n"));
  CHECK(restoreByName(reduced, {}, found, outcome).empty());
}

}  // namespace

int main() {
  testLongRecords(70, size_t{8} << 20);
  testLongRecords(size_t{1} << 30, size_t{1} << 20);
  testCircles(mm::kLongestLine + 1);
  testCircles(300'000);
  testTooLittleMemoryIsSaid();
  testChangedInputIsNoticed();
  testNamesThatComeOftenOrAreCut();
  return checkResult();
}
