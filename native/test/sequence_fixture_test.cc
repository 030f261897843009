// The files in fixtures/delta are what the writer makes, byte for byte: other readers are tested with them. With
// MM_WRITE_FIXTURES set they are written anew.

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "check.h"
#include "sequence_reduction.h"

using namespace mm_test;

namespace {

std::string folder() {
  const std::string here = __FILE__;
  return here.substr(0, here.rfind("native/test/")) + "fixtures/delta/";
}

std::string wrap(const std::string& text, size_t width, const std::string& end) {
  std::string out;
  for (size_t at = 0; at < text.size(); at += width) out += text.substr(at, width) + end;
  return out;
}

std::string reverse(const std::string& text) {
  Bytes out(text.size());
  mm::reverseComplement(bytesOf(text), out);
  return {out.begin(), out.end()};
}

/// Every kind of entry but long headers, and every column.
std::string oddities() {
  Random random(8);
  std::string dna, rna, out = "text before the first record\r\n";
  for (int base = 0; base < 240; ++base) dna += random.letter("ACGT");
  for (const char base : dna) rna += base == 'T' ? 'U' : base;
  for (int record = 0; record < 40; ++record) {
    std::string residues = record % 8 == 7 ? rna : dna;
    for (int edit = 0; edit < 6; ++edit) residues[random.below(residues.size())] = random.letter("ACGN");
    if (record % 5 == 1) residues.insert(100, "GATTACA");
    if (record % 5 == 2) residues.erase(60, 20);
    if (record % 5 == 3) residues = "CCCCC" + residues.substr(10, 200) + "GGGGG";
    if (record % 4 == 2 || record % 16 == 15) residues = reverse(residues);
    if (record % 6 == 4) {
      for (int at = 30; at < 90; ++at) residues[at] = static_cast<char>(residues[at] | 0x20);
    }
    const std::string end = record % 9 == 8 ? "\r\n" : "\n";
    out += ">seq" + std::to_string(95 + record) + " sample=00" + std::to_string(40 + record) +
           (record % 3 == 0 ? " length=" + std::to_string(residues.size()) : "") + end;
    if (record % 7 == 6) out += ";a comment\n";
    if (record % 10 == 9) residues = " 1 " + residues.substr(0, 60) + "\n\n61 " + residues.substr(60);
    out += wrap(residues, record % 11 == 10 ? 1000 : 60, end);
  }
  out += ">long insert\n" + dna.substr(0, 120) + std::string(70, 'G') + dna.substr(120) + "\n";
  out += ">one edit\n" + dna.substr(0, 200) + (dna[200] == 'A' ? 'C' : 'A') + dna.substr(201) + "\n";
  return out + ">short\nGATTACA\n>\n>last, without an end\n" + dna;
}

}  // namespace

int main() {
  const Bytes input = bytesOf(oddities());
  const Reduced reduced = reduce(input);
  CHECK(reduced.outcome.ok());
  CHECK(restore(reduced.representatives, reduced.deltas).bytes == input);
  const std::pair<const char*, const Bytes*> files[] = {{"oddities.fasta", &input},
                                                        {"oddities.reduced.fasta", &reduced.representatives},
                                                        {"oddities.mmd", &reduced.deltas}};
  for (const auto& [name, bytes] : files) {
    if (std::getenv("MM_WRITE_FIXTURES") != nullptr) {
      std::ofstream(folder() + name, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
    }
    std::ifstream in(folder() + name, std::ios::binary);
    CHECK((Bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}) == *bytes);
  }
  return checkResult();
}
