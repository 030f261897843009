#include <dirent.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "check.h"
#include "sequence_reduction.h"

using namespace mm_test;

namespace {

std::string letters(Random& random, size_t count, const std::string& alphabet) {
  std::string out;
  for (size_t index = 0; index < count; ++index) out += random.letter(alphabet);
  return out;
}

void roundTrip(const Bytes& input, const std::string& what, ReduceOptions options = {}) {
  const Reduced reduced = reduce(input, options);
  if (!CHECK(reduced.outcome.ok()))
    std::fprintf(stderr, "  %s: kind %d, %s\n", what.c_str(), static_cast<int>(reduced.outcome.kind),
                 reduced.outcome.status.operation);
  CHECK(reduced.measuredBytes == reduced.representatives.size());
  for (const unsigned threads : {1u, 2u}) {
    const Restored restored = restore(reduced.representatives, reduced.deltas, threads);
    if (!CHECK(restored.outcome.ok())) std::fprintf(stderr, "  %s: %s\n", what.c_str(), restored.outcome.what);
    if (!CHECK(restored.bytes == input)) std::fprintf(stderr, "  %s: other bytes\n", what.c_str());
    CHECK(restored.counts.sha256 == restored.counts.wantedSha256);
    CHECK(restored.counts.outputBytes == input.size());
  }
}

std::string reverse(const std::string& text) {
  Bytes out(text.size());
  mm::reverseComplement(bytesOf(text), out);
  return {out.begin(), out.end()};
}

void testEveryShape() {
  Random random(1);
  const std::string dna = letters(random, 300, "ACGT");
  const std::string rna = letters(random, 300, "ACGU");
  std::string masked = dna;
  for (size_t at = 40; at < 90; ++at) masked[at] = static_cast<char>(masked[at] | 0x20);
  const auto wrap = [](const std::string& text, size_t width, const std::string& end) {
    std::string out;
    for (size_t at = 0; at < text.size(); at += width) out += text.substr(at, width) + end;
    return out;
  };
  const std::string first = ">first one\n" + wrap(dna, 60, "\n");
  const std::vector<std::string> shapes = {
      "",
      "\n",
      ">",
      ">\n",
      ">a",
      ">a\n>b\n>c",
      "junk\nmore junk\n" + first,
      "no record at all",
      ";comment\n" + first,
      first + first,
      first + ">crlf\r\n" + wrap(dna, 60, "\r\n"),
      first + ">mixed\r\n" + wrap(dna, 60, "\n"),
      first + ">mixed\n" + wrap(dna.substr(0, 120), 60, "\r\n") + wrap(dna.substr(120), 60, "\n"),
      first + ">lone\r" + wrap(dna, 60, "\n"),
      first + ">lone cr\n" + wrap(dna, 60, "\r"),
      first + ">no end\n" + dna,
      first + ">no end crlf\r\n" + dna + "\r",
      first + ">blank lines\n\n" + wrap(dna, 60, "\n\n") + "\n\n",
      first + ">comment\n;a comment ACGT\n" + wrap(dna, 60, "\n;ACGT\n") + ";last",
      first + ">mask\n" + wrap(masked, 70, "\n"),
      first + ">all lower\n" + reverse(reverse(dna)).substr(0, 0) +
          [&] {
            std::string low = dna;
            for (char& c : low) c |= 0x20;
            return low;
          }() +
          "\n",
      first + ">numbers\n" + wrap("   1 " + dna.substr(0, 60) + "\n  61 " + dna.substr(60), 77, "\n"),
      first + ">tabs\n\t" + wrap(dna, 10, " \t") + "\n",
      first + ">iupac\n" + dna.substr(0, 50) + "NNNNRYKM" + dna.substr(58) + "\n",
      first + ">reverse\n" + wrap(reverse(dna), 60, "\n"),
      first + ">reverse part\nACGTA" + reverse(dna.substr(20, 250)) + "TT\n",
      ">rna\n" + rna + "\n>rna reverse\n" + reverse(rna) + "\n",
      ">rna\n" + rna + "\n>dna ends\n" + reverse(rna) + "TTTT\n",
      first + ">ends hang\nTTTTTT" + dna.substr(10, 200) + "GGGG\n",
      first + ">star\n" + dna.substr(0, 299) + "*\n",
      first + ">gaps\n--" + dna + "..\n",
      first + std::string(">nul \0 byte\n", 12) + dna.substr(0, 100) + std::string("\0", 1) + dna.substr(100) + "\n",
      first + ">\xFF\xFE not utf-8\n" + dna + "\xC3\n",
      first + ">one\x01two\x01three\n" + dna + "\n",
      first + ">ends in >\n" + dna + ">\n> >\n" + dna,
      first + ">empty\n\n\n>short last\n" + wrap(dna.substr(0, 239), 60, "\n"),
      first + ">ragged\n" + wrap(dna, 60, "\n") + wrap(dna.substr(0, 20), 7, "\n"),
      first + ">n 0099\n" + dna + "\n>n 0100\n" + dna + "\n>n 99\n" + dna + "\n>n 100\n" + dna + "\n>n 0007\n" + dna +
          "\n>n 123456789012345678901234567890\n" + dna + "\n>n 123456789012345678901234567891\n" + dna + "\n>\n" +
          dna + "\n>n\n" + dna + "\n"};
  for (const std::string& shape : shapes) roundTrip(bytesOf(shape), shape.substr(0, 400));
}

void testMembersAreDeltas() {
  Random random(2);
  const std::string dna = letters(random, 1000, "ACGT");
  std::string other = dna;
  other[500] = other[500] == 'A' ? 'C' : 'A';
  const std::string input = ">a\n" + dna + "\n>b x\n" + other + "\n>c\n" + reverse(dna).substr(100, 800) + "\n";
  const Reduced reduced = reduce(bytesOf(input));
  CHECK(reduced.representatives == bytesOf(">a\n" + dna + "\n"));
  CHECK(std::string(reduced.index.begin(), reduced.index.end()) == "a\t1000\t3\t1000\t1001\n");
  CHECK(std::string(reduced.clusters.begin(), reduced.clusters.end()) ==
        "a\ta\t1.0000\t1.0000\t+\t0\t0\t0\t1000\t0\t1000\na\tb\t0.9990\t1.0000\t+\t0\t1\t0\t1000\t0\t1000\n"
        "a\tc\t1.0000\t1.0000\t-\t0\t2\t100\t900\t0\t800\n");
  // Header, footer and one block; two members in it.
  CHECK(reduced.deltas.size() < 128 + 88 + 130);
  ReduceOptions options;
  options.format = mm::ClusterFormat::clstr;
  const Bytes clstr = reduce(bytesOf(input), options).clusters;
  CHECK(std::string(clstr.begin(), clstr.end()) ==
        ">Cluster 0\n0\t1000nt, >a... *\n1\t1000nt, >b... at +/99.90%\n2\t800nt, >c... at -/100.00%\n");
  options.format = mm::ClusterFormat::uc;
  const Bytes uc = reduce(bytesOf(input), options).clusters;
  CHECK(std::string(uc.begin(), uc.end()) ==
        "S\t0\t1000\t*\t*\t*\t*\t*\ta\t*\nH\t0\t1000\t99.9\t+\t0\t0\t*\tb\ta\nH\t0\t800\t100.0\t-\t0\t0\t*\tc\ta\n"
        "C\t0\t3\t*\t*\t*\t*\t*\ta\t*\n");
}

/// Members that have nothing in common with their representative cost what their residues cost.
void testPoorDeltasAreStored() {
  Random random(11);
  std::string input;
  constexpr size_t kMembers = 150, kResidues = 300;
  for (size_t record = 0; record <= kMembers; ++record) {
    input += ">r" + std::to_string(record) + "\n" + letters(random, kResidues - (record > 0), "ACGT") + "\n";
  }
  const Reduced reduced = reduce(bytesOf(input), {.identity = 0});
  CHECK(reduced.members == kMembers);
  CHECK(reduced.deltas.size() < kMembers * kResidues / 4 + 128 + 88 + kMembers * 2 + 150);
  CHECK(restore(reduced.representatives, reduced.deltas).bytes == bytesOf(input));
}

void testIndexLeavesOutWhatCannotBeAddressed() {
  const Reduced reduced = reduce(
      bytesOf(">ok 1\nACGT\nACGT\nAC\n>ragged\nACGT\nAC\nACGT\n>blank\nAC\n\nGT\n> noname\nAC\n>crlf\r\nACGT\r\nAC\r\n"
              ">digit\nAC1T\n>empty\n>starts blank\n\nAC\n>ends blank\nACG\nA\n\n\n>last\nTTTTTTTTTTTTTTTT"),
      {.longestAligned = 0});
  // As samtools faidx 1.16 has them.
  CHECK(std::string(reduced.index.begin(), reduced.index.end()) ==
        "ok\t10\t6\t4\t5\ncrlf\t6\t73\t4\t6\nends\t4\t132\t3\t4\nlast\t16\t146\t16\t17\n");
  CHECK(reduced.counts.unindexed == 6);
}

/// Records with every oddity at random, mutated from a few ancestors.
Bytes nastyInput(uint64_t seed) {
  Random random(seed);
  const bool isProtein = random.oneIn(3);
  const std::string alphabet = isProtein ? "ACDEFGHIKLMNPQRSTVWYX*" : random.oneIn(4) ? "ACGUN" : "ACGTN";
  std::vector<std::string> ancestors;
  for (int index = 0; index < 4; ++index) ancestors.push_back(letters(random, 20 + random.below(300), alphabet));
  std::string out = random.oneIn(3) ? "preamble\n" : "";
  const uint64_t records = random.below(30);
  for (uint64_t record = 0; record < records; ++record) {
    std::string residues = ancestors[random.below(ancestors.size())];
    if (!isProtein && random.oneIn(3)) residues = reverse(residues);
    for (uint64_t edit = random.below(12); edit > 0 && !residues.empty(); --edit) {
      const size_t at = random.below(residues.size());
      if (random.oneIn(3))
        residues.erase(at, random.below(10));
      else if (random.oneIn(2))
        residues.insert(at, letters(random, random.below(10), alphabet));
      else
        residues[at] = random.letter(alphabet);
    }
    const std::string end = random.oneIn(4) ? "\r\n" : "\n";
    out += ">" + (random.oneIn(6) ? letters(random, random.below(20), "a1 |>\r\x01\xFF;")
                                  : "seq" + std::to_string(random.oneIn(3) ? random.next() : record) +
                                        " x=" + std::to_string(record * 3));
    out += end;
    const size_t width = random.oneIn(3) ? 1000 : 1 + random.below(80);
    bool isLower = false;
    for (size_t at = 0; at < residues.size(); ++at) {
      if (random.oneIn(60)) isLower = !isLower;
      out += static_cast<char>(isLower && isalpha(residues[at]) ? residues[at] | 0x20 : residues[at]);
      if (random.oneIn(300)) out += letters(random, 1 + random.below(4), " \t\r\n019;\v\f");
      if ((at + 1) % width == 0) out += random.oneIn(100) ? "\n\n" : end;
    }
    if (!random.oneIn(10) || record + 1 < records) out += random.oneIn(20) ? "\n\n\n" : end;
    if (random.oneIn(15)) out += ";comment\n";
  }
  return bytesOf(out);
}

void testNastyInputs() {
  for (uint64_t seed = 1; seed <= 150; ++seed) roundTrip(nastyInput(seed), "seed " + std::to_string(seed));
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    std::string noise = letters(random, random.below(3000), "ACGT>\n\r; \t0");
    roundTrip(bytesOf(noise), "noise " + std::to_string(seed));
  }
}

void testBytesDependOnTheInputAlone() {
  for (uint64_t seed = 200; seed < 230; ++seed) {
    const Bytes input = nastyInput(seed);
    const Reduced one = reduce(input);
    const Reduced other = reduce(input, {.sorterBytes = size_t{1} << 20, .windowBytes = 1 + seed % 7 * 100});
    CHECK(one.deltas == other.deltas && one.representatives == other.representatives);
    CHECK(one.clusters == other.clusters && one.index == other.index);
  }
}

void testSpecimens() {
  const char* data = std::getenv("MM_TEST_DATA");
  const std::string folder = std::string(data == nullptr ? "" : data) + "/fasta/specimens";
  DIR* listing = data == nullptr ? nullptr : opendir(folder.c_str());
  if (listing == nullptr) {
    std::printf("specimens skipped: MM_TEST_DATA has no fasta/specimens; ");
    return;
  }
  while (const dirent* file = readdir(listing)) {
    if (file->d_name[0] == '.') continue;
    std::ifstream in(folder + "/" + file->d_name, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    roundTrip(bytes, file->d_name);
  }
  closedir(listing);
}

}  // namespace

int main() {
  testEveryShape();
  testMembersAreDeltas();
  testIndexLeavesOutWhatCannotBeAddressed();
  testPoorDeltasAreStored();
  testNastyInputs();
  testBytesDependOnTheInputAlone();
  testSpecimens();
  return checkResult();
}
