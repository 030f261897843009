// From a delta file and lines of hits to the lines of all members.

#include "../core/xxh64.h"
#include "../sequence/hit_expansion.h"
#include "../sequence/lift_file.h"
#include "../sequence/lift_index.h"
#include "check.h"
#include "sequence_reduction.h"

using namespace mm_test;

namespace {

struct Expanded {
  mm::Outcome indexed, expanded;
  mm::LiftIndexCounts index;
  mm::ExpandCounts counts;
  std::string text;
};

size_t fewestBytes() {
  return std::max(mm::fewestLiftIndexBytes(), mm::fewestExpandBytes()) + (1 << 16);
}

/// The temporary files of an expansion.
struct Spill {
  MemoryFile recordBytes, entryBytes, liftBytes, nameBytes;
  mm::DiskAllowance disk;
  mm::SpillFile records{recordBytes.fd(), disk}, entries{entryBytes.fd(), disk};
  mm::SpillFile lifts{liftBytes.fd(), disk}, names{nameBytes.fd(), disk};
  mm::LiftFiles files() { return {&records, &entries, &lifts, &names}; }
};

void expandFrom(Spill& spill, const std::string& hits, mm::Grant memory, Expanded& out) {
  const MemoryFile lines(bytesOf(hits)), output;
  mm::Progress progress;
  out.expanded = mm::expandHits({lines.fd(), hits.size(), output.fd()}, spill.names, spill.lifts, memory, progress, out.counts);
  const Bytes bytes = output.bytes();
  out.text.assign(bytes.begin(), bytes.end());
}

Expanded expand(const Bytes& representatives, const Bytes& deltas, const std::string& hits, size_t memoryBytes = fewestBytes()) {
  Expanded out;
  Spill spill;
  const Room memory(memoryBytes);
  const MemoryFile from(representatives), delta(deltas);
  mm::Progress progress;
  const mm::LiftIndexRequest request{from.fd(), representatives.size(), delta.fd(), deltas.size()};
  out.indexed = mm::indexLifts(request, spill.files(), mm::Grant(memory.bytes()), progress, out.index);
  CHECK(!out.indexed.ok() || spill.records.byteLength() + spill.entries.byteLength() == 0);
  if (out.indexed.ok()) expandFrom(spill, hits, mm::Grant(memory.bytes()), out);
  return out;
}

std::string reversed(const std::string& text) {
  Bytes out(text.size());
  mm::reverseComplement(bytesOf(text), out);
  return {out.begin(), out.end()};
}

std::string columns(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) line += (line.empty() ? "" : "\t") + cell;
  return line + "\n";
}

//                                0         1         2         3         4
const std::string kRepresentative = "ACGTTGCATGCCATTAGACCAGTTTCGAGCATCCAAGGATTCTG";

/// a: representative. b: residue 10 differs. c: b on the other strand. d: residues 20 to 23 are missing. e: as a.
Reduced fiveRecords() {
  std::string b = kRepresentative;
  b[10] = 'T';
  const std::string d = kRepresentative.substr(0, 20) + kRepresentative.substr(24);
  const Reduced reduced = reduce(bytesOf(">sp|P1|A first\n" + kRepresentative + "\n>sp|P2|B\n" + b + "\n>c\n" + reversed(b) +
                                         "\n>d\n" + d + "\n>e\n" + kRepresentative + "\n>f\nTTTTTTTTTTTTTTTTTTTTTTTTT\n"));
  CHECK(reduced.outcome.ok() && reduced.members == 4);
  return reduced;
}

void testTabular() {
  const Reduced reduced = fiveRecords();
  const auto line = [](const std::string& target, const std::string& from, const std::string& to) {
    return std::vector<std::string>{"q", target, "91.0", "20", "2", "0", "1", "20", from, to, "1e-5", "40"};
  };
  const auto with = [&](std::vector<std::string> cells, const std::string& mark, const std::string& target = "sp|P1|A") {
    cells.push_back(target);
    cells.push_back(mark);
    return columns(cells);
  };
  const std::string a = "sp|P1|A", b = "sp|P2|B";
  // Residues 5 to 24 (from 0): the missing ones at the end of d are clipped.
  const Expanded first = expand(reduced.representatives, reduced.deltas,
                                "# comment\n\n" + columns(line(a, "6", "24")) + columns(line(a, "16", "12")) +
                                    "q2\t*\t0.0\t0\t0\t0\t0\t0\t0\t0\t-1\t0\r\n");
  CHECK(first.indexed.ok() && first.expanded.ok());
  CHECK(first.text == "# comment\n\n" + with(line(a, "6", "24"), "hit") + with(line(b, "6", "24"), "inherited") +
                          with(line("c", "39", "21"), "inherited") + with(line("d", "6", "20"), "clipped") +
                          with(line("e", "6", "24"), "same") + with(line(a, "16", "12"), "hit") +
                          with(line(b, "16", "12"), "same") + with(line("c", "29", "33"), "same") +
                          with(line("d", "16", "12"), "same") + with(line("e", "16", "12"), "same") +
                          "q2\t*\t0.0\t0\t0\t0\t0\t0\t0\t0\t-1\t0\n");
  CHECK(first.index.representatives == 2 && first.index.members == 4 && first.index.stored == 0);
  CHECK(first.counts.lines == 5 && first.counts.outputBytes == first.text.size());
  // MMseqs2 gives the accession for the name; it would have done so for the member, too.
  const Expanded cut = expand(reduced.representatives, reduced.deltas, columns(line("P1", "1", "5")));
  CHECK(cut.text == with(line("P1", "1", "5"), "hit", "P1") + with(line("P2", "1", "5"), "same", "P1") +
                        with(line("c", "44", "40"), "same", "P1") + with(line("d", "1", "5"), "same", "P1") +
                        with(line("e", "1", "5"), "same", "P1"));
  // A stretch that d does not have is not given to it.
  const Expanded missing = expand(reduced.representatives, reduced.deltas, columns(line(a, "21", "24")));
  CHECK(missing.text.find("\td\t") == std::string::npos && missing.text.find("\te\t") != std::string::npos);
}

void testPaf() {
  const Reduced reduced = fiveRecords();
  const auto hit = [](const std::string& tags) {
    return "q\t30\t3\t23\t+\tsp|P1|A\t44\t4\t24\t19\t20\t60\tNM:i:1\tde:f:0.1\t" + tags;
  };
  const auto own = [](const std::string& line) { return line + "\tmr:Z:sp|P1|A\tmk:Z:hit\n"; };
  const auto lines = [&](const std::string& tags) {
    const Expanded expanded = expand(reduced.representatives, reduced.deltas, hit(tags) + "\n");
    CHECK(expanded.expanded.ok());
    CHECK(expanded.text.starts_with(own(hit(tags))));
    return expanded.text.substr(std::min(expanded.text.size(), own(hit(tags)).size()));
  };
  const std::string end = "\tmr:Z:sp|P1|A\tmk:Z:";
  // The query differs where b does, and is the same as b.
  CHECK(lines("cs:Z::6*ct:13") ==
        "q\t30\t3\t23\t+\tsp|P2|B\t44\t4\t24\t20\t20\t60\tNM:i:0\tcg:Z:20=" + end + "computed\n" +
            "q\t30\t3\t23\t-\tc\t44\t20\t40\t20\t20\t60\tNM:i:0\tcg:Z:20=" + end + "computed\n" +
            "q\t30\t3\t19\t+\td\t40\t4\t20\t15\t16\t60\tNM:i:1\tcg:Z:6=1X9=" + end + "computed\n" +
            "q\t30\t3\t23\t+\te\t44\t4\t24\t19\t20\t60\tNM:i:1\tde:f:0.1\tcs:Z::6*ct:13" + end + "same\n");
  const std::string cigar = lines("cg:Z:6=1X13=");
  CHECK(cigar.starts_with("q\t30\t3\t23\t+\tsp|P2|B\t44\t4\t24\t19\t20\t60\tcg:Z:6=1M13=" + end + "fewest\n"));
  const std::string unknown = lines("cg:Z:20M");
  CHECK(unknown.starts_with("q\t30\t3\t23\t+\tsp|P2|B\t44\t4\t24\t19\t20\t60\tNM:i:1\tde:f:0.1\tcg:Z:20M" + end + "inherited\n"));
  CHECK(unknown.find("q\t30\t3\t19\t+\td\t40\t4\t20\t19\t20\t60\tNM:i:1\tde:f:0.1\tcg:Z:16M" + end + "inherited\n") !=
        std::string::npos);
  CHECK(lines("tp:A:P").find("q\t30\t3\t23\t+\td\t40\t4\t20\t19\t20\t60\tNM:i:1\tde:f:0.1\ttp:A:P" + end + "clipped\n") !=
        std::string::npos);
}

/// Edits may substitute residues by themselves, which are no difference.
void testEqualSubstitutes(bool isReverse) {
  std::string member = isReverse ? reversed(kRepresentative) : kRepresentative;
  member[20] = member[20] == 'A' ? 'C' : 'A';
  const Bytes made = bytesOf(member.substr(16, 8));
  const Reduced reduced = reduceWith(bytesOf(">r\n" + kRepresentative + "\n>m\n" + member + "\n"), 2, {},
                                     [&](size_t record, MadeAssignment& out) {
    out.operations.resize(64);
    mm::OperationWriter writer(out.operations);
    CHECK(writer.add({16, mm::Edit::substitute, 8, made}) && writer.add({member.size() - 24, mm::Edit::end, 0, {}}));
    out.operations.resize(writer.written().size());
    out.assignment = {.representative = 0, .isReverse = isReverse, .memberLength = 44, .memberStart = 0, .memberEnd = 44,
                      .representativeStart = 0, .representativeEnd = 44, .matches = 36, .columns = 44,
                      .wider = std::nullopt, .operations = out.operations, .head = {}, .tail = {}};
    return record == 1;
  });
  CHECK(reduced.outcome.ok());
  const std::string start = "q\t44\t0\t44\t+\tr\t44\t0\t44\t44\t44\t60\tcs:Z::44";
  const Expanded expanded = expand(reduced.representatives, reduced.deltas, start + "\n");
  CHECK(expanded.indexed.ok() && expanded.text == start + "\tmr:Z:r\tmk:Z:hit\nq\t44\t0\t44\t" + (isReverse ? "-" : "+") +
                             "\tm\t44\t0\t44\t43\t44\t60\tNM:i:1\tcg:Z:20=1X23=\tmr:Z:r\tmk:Z:computed\n");
}

void testRefusals() {
  const Reduced reduced = fiveRecords();
  const std::string good = "q\tf\t91\t20\t2\t0\t1\t20\t1\t20\t1e-5\t40\n";
  for (const std::string line :
       {"q\tnobody\t91\t20\t2\t0\t1\t20\t1\t20\t1e-5\t40", "q\tc\t91\t20\t2\t0\t1\t20\t1\t20\t1e-5\t40",
        "q\tsp|P1|A\t91\t20\t2\t0\t1\t20\t1\t45\t1e-5\t40", "q\tf", "no columns at all"}) {
    const Expanded expanded = expand(reduced.representatives, reduced.deltas, good + "\n" + line + "\n" + good);
    CHECK(expanded.expanded.kind == mm::Outcome::Kind::malformed);
    CHECK(expanded.counts.lines == 3 && expanded.counts.position == good.size() + 1);
  }
  const std::string other = "q\t30\t3\t23\t+\tsp|P1|A\t45\t4\t24\t19\t20\t60\n";
  CHECK(expand(reduced.representatives, reduced.deltas, other).expanded.kind == mm::Outcome::Kind::malformed);

  Bytes changed = reduced.representatives;
  changed[20] ^= 6;
  CHECK(expand(changed, reduced.deltas, good).indexed.kind == mm::Outcome::Kind::malformed);
  changed.pop_back();
  CHECK(expand(changed, reduced.deltas, good).indexed.kind == mm::Outcome::Kind::malformed);
  CHECK(expand(reduced.representatives, reduced.representatives, good).indexed.kind == mm::Outcome::Kind::malformed);
  CHECK(expand(reduced.representatives, reduced.deltas, good, 1 << 20).indexed.kind == mm::Outcome::Kind::memory);
  const Expanded longLine = expand(reduced.representatives, reduced.deltas, std::string(20 << 20, 'x'));
  CHECK(longLine.expanded.kind == mm::Outcome::Kind::memory);
  CHECK(expand(reduced.representatives, reduced.deltas, "").text.empty());
}

void testEqualNames() {
  Random random(3);
  std::string input;
  for (const size_t length : {300, 200, 200}) {
    input += ">same name\n";
    for (size_t at = 0; at < length; ++at) input += random.letter("ACGT");
    input += "\n";
  }
  const Reduced reduced = reduce(bytesOf(input));
  CHECK(reduced.members == 0);
  const std::string line = "q\tsame\t91\t20\t2\t0\t1\t20\t1\t20\t1e-5\t40";
  CHECK(expand(reduced.representatives, reduced.deltas, line).text == line + "\tsame\tambiguous\n");
  // The length says which.
  const std::string paf = "q\t30\t3\t23\t+\tsame\t300\t4\t24\t19\t20\t60";
  CHECK(expand(reduced.representatives, reduced.deltas, paf).text == paf + "\tmr:Z:same\tmk:Z:hit\n");
}

/// Hits on every representative, whatever memory there is.
void testMemory() {
  Random random(8);
  std::string input, hits;
  for (int family = 0; family < 12; ++family) {
    std::string base;
    for (size_t at = 0; at < 150 + random.below(200); ++at) base += random.letter("ACGT");
    for (int member = 0; member < 8; ++member) {
      std::string residues = base.substr(random.below(20));
      for (int edit = 0; edit < 6; ++edit) residues[random.below(residues.size())] = random.letter("ACGT");
      if (member % 3 == 1) residues.erase(random.below(100), 7);
      if (member % 4 == 2) residues = reversed(residues);
      input += ">r" + std::to_string(family) + "_" + std::to_string(member) + "\n" + residues + "\n";
    }
  }
  const Reduced reduced = reduce(bytesOf(input));
  CHECK(reduced.members > 60);
  const std::string names(reduced.representatives.begin(), reduced.representatives.end());
  for (size_t at = names.find('>'); at != std::string::npos; at = names.find('>', at + 1)) {
    const std::string name = names.substr(at + 1, names.find('\n', at) - at - 1);
    hits += "q\t" + name + "\t91\t20\t2\t0\t1\t20\t" + std::to_string(1 + random.below(50)) + "\t" +
            std::to_string(60 + random.below(60)) + "\t1e-5\t40\n";
  }
  std::string many;
  for (int times = 0; times < 200; ++times) many += hits;
  const Expanded small = expand(reduced.representatives, reduced.deltas, many);
  const Expanded large = expand(reduced.representatives, reduced.deltas, many, size_t{64} << 20);
  CHECK(small.expanded.ok() && large.expanded.ok() && small.text == large.text);
  CHECK(small.text.size() > 4 * many.size());
}

/// A representative that is read as a circle of 100: the member begins at 70 and goes on at 0, up to 60.
void testCircle(bool isReverse) {
  const auto value = [](auto number) {
    const uint8_t* start = reinterpret_cast<const uint8_t*>(&number);
    return Bytes(start, start + sizeof number);
  };
  Bytes copy(4);
  mm::OperationWriter end(copy);
  CHECK(end.add({45, mm::Edit::end, 0, {}}));
  copy.resize(end.written().size());
  Bytes lifts = value(mm::RepresentativeHead{100, 1});
  const auto add = [&lifts](const Bytes& bytes) { lifts.insert(lifts.end(), bytes.begin(), bytes.end()); };
  add({'r'});
  const uint32_t operationBytes = static_cast<uint32_t>(copy.size());
  add(value(mm::MemberHead{2 * (sizeof(mm::PartHead) + operationBytes), 90, isReverse ? -130 : 70, isReverse ? -40 : 160, 1, isReverse}));
  add({'m'});
  // Positions go on to 200. Forward: 70 to 115, which is 15, and to 160. Reverse: from 130, which is 30, down to 85, and to 40.
  add(value(mm::PartHead{0, isReverse ? -130 : 70, 45, 45, operationBytes}));
  add(copy);
  add(value(mm::PartHead{45, isReverse ? -85 : 115, 45, 45, operationBytes}));
  add(copy);
  add(value(mm::MemberHead{}));
  Spill spill;
  CHECK(spill.lifts.append(lifts).ok());
  CHECK(spill.names.append(value(mm::NameEntry{mm::xxh64(reinterpret_cast<const uint8_t*>("r"), 1), 0})).ok());
  const auto spansOf = [&](const std::string& from, const std::string& to) {
    Expanded out;
    const Room memory(fewestBytes());
    expandFrom(spill, "q\tr\t91\t20\t2\t0\t1\t20\t" + from + "\t" + to + "\t1e-5\t40\n", mm::Grant(memory.bytes()), out);
    CHECK(out.expanded.ok());
    std::string spans;
    for (size_t at = out.text.find("\tm\t"); at != std::string::npos; at = out.text.find("\tm\t", at + 1)) {
      size_t cell = at;
      for (int column = 2; column < 9; ++column) cell = out.text.find('\t', cell + 1);
      const size_t last = out.text.find('\t', out.text.find('\t', cell + 1) + 1);
      spans += out.text.substr(cell + 1, last - cell - 1) + " " + out.text.substr(out.text.rfind('\t', out.text.find('\n', at)) + 1, 4) + ", ";
    }
    return spans;
  };
  if (isReverse) {
    CHECK(spansOf("6", "20") == "25\t11 same, ");
    CHECK(spansOf("91", "95") == "40\t36 same, ");
    CHECK(spansOf("21", "60") == "10\t1 clip, 90\t71 clip, ");
    CHECK(spansOf("31", "40").empty());
  } else {
    CHECK(spansOf("81", "95") == "11\t25 same, ");
    CHECK(spansOf("6", "40") == "36\t70 same, ");
    CHECK(spansOf("51", "80") == "1\t10 clip, 81\t90 clip, ");
    CHECK(spansOf("61", "70").empty());
  }
}

/// Whatever the deltas say, an expansion ends, inside its memory.
void testDamage() {
  const Reduced reduced = fiveRecords();
  Random random(21);
  const std::string hits = "q\tsp|P1|A\t91\t20\t2\t0\t1\t20\t1\t40\t1e-5\t40\nq\t30\t3\t23\t+\tsp|P1|A\t44\t4\t24\t19\t20\t60\tcg:Z:20M\n";
  size_t refused = 0;
  for (int round = 0; round < 400; ++round) {
    Bytes deltas = reduced.deltas;
    const uint64_t position = 128 + random.below(deltas.size() - 128 - 88);
    deltas[position] = static_cast<uint8_t>(random.next());
    // The hash of the block's data, of the footer: right again.
    uint64_t footer = 0, filter = 0, data = 0;
    std::memcpy(&footer, deltas.data() + 96, 8);
    std::memcpy(&filter, deltas.data() + footer + 56, 4);
    std::memcpy(&data, deltas.data() + footer + 64, 4);
    const uint64_t dataHash = mm::xxh64(deltas.data() + 128 + filter, data);
    std::memcpy(deltas.data() + footer + 40, &dataHash, 8);
    const uint64_t footerHash = mm::xxh64(deltas.data() + footer, 80);
    std::memcpy(deltas.data() + footer + 80, &footerHash, 8);
    const Expanded expanded = expand(reduced.representatives, deltas, hits);
    refused += !expanded.indexed.ok() || !expanded.expanded.ok();
  }
  CHECK(refused > 100);
}

}  // namespace

int main() {
  testTabular();
  testPaf();
  testEqualSubstitutes(false);
  testEqualSubstitutes(true);
  testRefusals();
  testEqualNames();
  testMemory();
  testCircle(false);
  testCircle(true);
  testDamage();
  return checkResult();
}
