// What ingest gives the sorter, against a reader that goes byte by byte: any shape of text, any memory, any windows.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "../core/xxh64.h"
#include "../sequence/ingest.h"
#include "check.h"

namespace {

using mm::Alphabet;
using mm::Outcome;
using mm::RankKey;

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;

struct TextFile {
  explicit TextFile(const std::string& text) : fd(memfd_create("text", MFD_CLOEXEC)) {
    CHECK(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  ~TextFile() { close(fd); }
  int fd;
};

struct Record {
  RankKey key;
  std::string residues;
};

bool comesBefore(const Record& a, const Record& b) {
  return a.key.sortKey() < b.key.sortKey();
}

std::vector<Record> recordsByteByByte(const std::string& text) {
  std::vector<Record> records;
  for (size_t at = 0; at < text.size();) {
    const size_t newline = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, newline - at);
    at = newline + 1;
    if (line.starts_with('>')) {
      records.push_back({{0, 0, records.size()}, {}});
    } else if (!records.empty() && !line.starts_with(';')) {
      for (const char byte : line) {
        const auto residue = static_cast<uint8_t>(byte);
        if (mm::isResidue(residue)) records.back().residues += static_cast<char>(mm::canonical(residue));
      }
    }
  }
  for (Record& record : records) {
    record.key.length = record.residues.size();
    const auto* bytes = reinterpret_cast<const uint8_t*>(record.residues.data());
    record.key.hash48 = mm::xxh64(bytes, record.residues.size()) >> 16;
  }
  std::sort(records.begin(), records.end(), comesBefore);
  return records;
}

struct Settings {
  size_t sorterBytes = 64 * kMiB;
  size_t windowBytes = kMiB;
  unsigned windowCount = 3;
  bool packs = true;
  bool takesAnything = false;
  uint64_t diskLimitBytes = UINT64_MAX;
  bool isCancelled = false;
  /// Bytes of each file that the text is cut into, but for the last one's; 0 = one file.
  size_t fileBytes = 0;
};

/// A text in files, of any length and empty ones among them.
struct TextFiles {
  TextFiles(const std::string& text, size_t fileBytes) {
    const size_t most = fileBytes == 0 ? text.size() + 1 : fileBytes;
    for (size_t at = 0; at < text.size() || files.empty(); at += most) {
      files.push_back(std::make_unique<TextFile>(text.substr(at, most)));
      parts.push_back({files.back()->fd, std::min(at + most, text.size())});
      files.push_back(std::make_unique<TextFile>(""));
      parts.push_back({files.back()->fd, parts.back().end});
    }
  }
  mm::InputFiles input() const { return mm::InputFiles(parts); }

  std::vector<std::unique_ptr<TextFile>> files;
  std::vector<mm::InputFiles::Part> parts;
};

struct Ingested {
  Outcome outcome;
  mm::IngestCounts counts;
  std::vector<Record> records;
  uint64_t diskPeakBytes = 0;
  uint64_t progress = 0;
  size_t onDisk = 0;
  uint64_t payloadBytes = 0;
};

bool takeRecord(const mm::SortedRecord& sorted, const mm::SpillFile& file, Ingested& result) {
  std::vector<uint8_t> payload(sorted.payload.begin(), sorted.payload.end());
  if (sorted.isOnDisk) {
    ++result.onDisk;
    payload.resize(sorted.byteLength);
    if (!file.read(sorted.position, payload).ok()) return false;
  }
  result.payloadBytes += payload.size();
  const RankKey key = RankKey::from(sorted.key);
  mm::PackedResidues packed;
  if (!mm::readPackedPayload(payload, key.length, result.counts.alphabet, packed)) return false;
  std::string residues(key.length, '\0');
  mm::unpackResidues(packed, 0, {reinterpret_cast<uint8_t*>(residues.data()), residues.size()});
  result.records.push_back({key, residues});
  return true;
}

Ingested ingestText(const std::string& text, const Settings& settings) {
  const TextFiles input(text, settings.fileBytes);
  const TextFile temporary("");
  mm::DiskAllowance disk;
  disk.limitBytes = settings.diskLimitBytes;
  mm::SpillFile file(temporary.fd, disk);
  const std::unique_ptr<uint8_t[]> sorterMemory(new uint8_t[settings.sorterBytes]);
  mm::ExternalSorter sorter({sorterMemory.get(), settings.sorterBytes}, file);
  mm::IngestRequest request;
  request.windows = {input.input(), settings.windowCount, settings.windowBytes, settings.windowCount % 2 == 1};
  request.packs = settings.packs;
  request.takesAnything = settings.takesAnything;
  const size_t bytes = mm::ingestBytes(request);
  const std::unique_ptr<uint8_t[]> memory(new uint8_t[bytes]);
  mm::Progress progress;
  progress.cancelled = settings.isCancelled;
  Ingested result;
  result.outcome = mm::ingest(request, sorter, mm::Grant({memory.get(), bytes}), progress, result.counts);
  result.progress = progress.done;
  if (result.outcome.ok()) {
    CHECK(progress.done == text.size() && progress.total == text.size() && result.counts.inputBytes == text.size());
    CHECK(sorter.finish().ok());
    mm::SortedRecord sorted;
    bool hasRecord = false;
    while (sorter.next(sorted, hasRecord).ok() && hasRecord) CHECK(takeRecord(sorted, file, result));
  }
  result.diskPeakBytes = disk.peakBytes;
  return result;
}

bool areAlike(const std::vector<Record>& a, const std::vector<Record>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Record& one, const Record& other) {
    return one.key.sortKey() == other.key.sortKey() && one.residues == other.residues;
  });
}

/// Distinct 3-mers among those of the first 64 residues, in tenths.
size_t distinctTenths(const std::string& residues) {
  const size_t count = std::min<size_t>(residues.size(), 64);
  if (count < 3) return 0;
  std::set<std::string> distinct;
  for (size_t at = 0; at + 3 <= count; ++at) {
    std::string triplet = residues.substr(at, 3);
    for (char& letter : triplet) letter = static_cast<char>(letter & 31);
    distinct.insert(triplet);
  }
  return distinct.size() * 10 / (count - 2);
}

Ingested checkText(const std::string& text, const Settings& settings) {
  const Ingested result = ingestText(text, settings);
  const std::vector<Record> expected = recordsByteByByte(text);
  CHECK(result.outcome.ok());
  CHECK(areAlike(result.records, expected));
  mm::IngestCounts counts;
  for (const Record& record : expected) {
    ++counts.lengths[std::bit_width(record.residues.size())];
    counts.residues += record.residues.size();
    counts.longest = std::max<uint64_t>(counts.longest, record.residues.size());
    uint64_t gc = 0;
    for (const char residue : record.residues) gc += residue == 'G' || residue == 'C';
    counts.gcResidues += gc;
    ++counts.gcContents[record.residues.empty() ? 0 : 20 * gc / record.residues.size()];
    ++counts.complexities[distinctTenths(record.residues)];
    if (record.residues.size() == expected.front().residues.size()) {
      counts.longestRecord = std::min(&record == &expected.front() ? UINT64_MAX : counts.longestRecord, record.key.number);
    }
  }
  CHECK(result.counts.records == expected.size() && result.counts.residues == counts.residues);
  CHECK(result.counts.longest == counts.longest && result.counts.lengths == counts.lengths);
  CHECK(result.counts.shortest == (expected.empty() ? 0 : expected.back().residues.size()));
  CHECK(result.counts.longestRecord == counts.longestRecord && result.counts.complexities == counts.complexities);
  if (result.counts.alphabet == Alphabet::protein) counts.gcResidues = 0, counts.gcContents = {};
  CHECK(result.counts.gcResidues == counts.gcResidues && result.counts.gcContents == counts.gcContents);
  mm::Sha256 sha256;
  sha256.update({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  CHECK(result.counts.sha256 == sha256.digest());
  return result;
}

/// Records of many shapes: wrapped or not, both line ends, masks, gaps, comments, blank lines, numbers, empty records.
std::string mixedText(uint32_t seed, size_t bytes, const std::string& letters) {
  std::mt19937 random(seed);
  std::string text = seed % 2 == 0 ? "leading junk\n;too\n" : "";
  while (text.size() < bytes) {
    const std::string lineEnd = random() % 4 == 0 ? "\r\n" : "\n";
    const size_t width = random() % 3 == 0 ? 100'000 : 10 + random() % 90;
    text += ">r" + std::to_string(random() % 1000);
    text += (random() % 5 == 0 ? std::string(random() % 500, 'h') : "") + lineEnd;
    if (random() % 10 == 0) text += ";a comment >" + lineEnd;
    const size_t length = random() % 20 == 0 ? 0 : random() % (random() % 50 == 0 ? 20'000 : 1500);
    for (size_t at = 0; at < length; ++at) {
      char residue = letters[random() % letters.size()];
      if (random() % 300 == 0) residue = "nN-*. 1\r\tRUé"[random() % 12];
      text += random() % 2 == 0 ? residue : static_cast<char>(std::tolower(residue));
      if (at % width == width - 1) text += lineEnd + (random() % 50 == 0 ? lineEnd : "");
    }
    if (random() % 30 != 0) text += lineEnd;
  }
  return text;
}

std::string lettersOf(size_t count, const std::string& letters, uint32_t seed) {
  std::mt19937 random(seed);
  std::string text(count, '\0');
  for (char& letter : text) letter = letters[random() % letters.size()];
  return text;
}

std::string repeated(const std::string& text, size_t times) {
  std::string all;
  for (size_t time = 0; time < times; ++time) all += text;
  return all;
}

void readsEveryShapeInAnyWindows() {
  const std::string nucleotides = mixedText(1, 300 * kKiB, "ACGT");
  const std::string protein = mixedText(2, 300 * kKiB, "ACDEFGHIKLMNPQRSTVWY");
  for (const size_t windowBytes : {size_t{61}, size_t{1000}, 64 * kKiB, 300 * kKiB, kMiB}) {
    for (const unsigned windowCount : {2u, 3u, 5u}) {
      const Settings settings{.windowBytes = windowBytes, .windowCount = windowCount};
      CHECK(checkText(nucleotides, settings).counts.alphabet == Alphabet::nucleotide);
      CHECK(checkText(protein, settings).counts.alphabet == Alphabet::protein);
    }
  }
  // Windows that end exactly with the input.
  checkText(nucleotides.substr(0, 4000), {.windowBytes = 1000});
  checkText(nucleotides, {.packs = false});
}

void givesTheSameInLittleMemory() {
  for (const std::string& text : {mixedText(3, 9 * kMiB, "ACGT"), mixedText(4, 9 * kMiB, "ACDEFGHIKLMNPQRSTVWY")}) {
    const Ingested little = checkText(text, {.sorterBytes = 2 * kMiB});
    const Ingested much = checkText(text, {.sorterBytes = 512 * kMiB});
    CHECK(little.diskPeakBytes > 0 && much.diskPeakBytes == 0);
    CHECK(areAlike(little.records, much.records));
  }
}

/// Sequences that are packed while they are read, with and without exceptions that outgrow their room: in the middle,
/// and with the last residue.
void readsLongSequences() {
  const std::string plain = lettersOf(3'000'000, "ACGT", 5);
  std::string gapped = plain;
  gapped.replace(1'000'000, 500'000, 500'000, 'N');
  std::string text = ">plain\n" + plain + "\n>gapped\r\n";
  for (size_t at = 0; at < gapped.size(); at += 70) text += gapped.substr(at, 70) + "\r\n";
  const std::string after = ">after\nACGT\n";
  // 87,381 runs of three bytes fill 256 KiB but for one byte: the next run is one too many.
  const std::string lastTooMany = repeated("NAAA", 87'382);
  const std::string exceptional = repeated("ANACGTRC ", 80'000);
  std::string wrapped = ">many\n;comment\n";
  for (size_t at = 0; at < exceptional.size(); at += 61) wrapped += exceptional.substr(at, 61) + "\n;x\n\n";
  for (const size_t sorterBytes : {kMiB, 64 * kMiB}) {
    const Ingested result = checkText(text + after, {.sorterBytes = sorterBytes});
    CHECK(result.onDisk == (sorterBytes == kMiB ? 2u : 0u));
    // Two bits a residue, and hardly more.
    CHECK(result.payloadBytes < plain.size() / 2 + 100);
    checkText(">a\nAC\n>n\n" + lastTooMany + "\n" + after + plain, {.sorterBytes = sorterBytes});
    checkText(text + wrapped + after, {.sorterBytes = sorterBytes, .windowBytes = 5000});
    checkText(">a\n" + plain + "\n" + wrapped, {.sorterBytes = sorterBytes});
    checkText(text, {.sorterBytes = sorterBytes, .packs = false});
  }
  // Lengths around what is held at once.
  for (const size_t length : {256 * kKiB - 1, 256 * kKiB, 256 * kKiB + 1, 512 * kKiB}) {
    checkText(">a\n" + plain.substr(0, length) + "\n" + after, {});
  }
}

void keepsWhatIsNoGoodToPack() {
  const std::string strange = repeated("ARNK", 100);
  const std::string text = ">dna\n" + lettersOf(10'000, "ACGT", 6) + "\n>strange\n" + strange + "\n>rna\n" +
                           lettersOf(1000, "ACGU", 7);
  const Ingested result = checkText(text, {});
  CHECK(result.counts.alphabet == Alphabet::nucleotide);
  CHECK(result.payloadBytes == 10'000 / 4 + strange.size() + 1000 / 4 + 3 * mm::PayloadTrailer::kBytes);
}

void tellsTheAlphabet() {
  const auto alphabetOf = [](const std::string& text) { return checkText(text, {}).counts.alphabet; };
  CHECK(alphabetOf(">a\nacgtunACGTR\n") == Alphabet::nucleotide);
  CHECK(alphabetOf(">a\nACGTACGTR\n") == Alphabet::protein);
  CHECK(alphabetOf(">a\n\n") == Alphabet::nucleotide);
  CHECK(alphabetOf(">a\nMKLV\n") == Alphabet::protein);
  // Only the first MiB counts.
  const std::string mebi = lettersOf(kMiB, "ACGT", 8);
  CHECK(alphabetOf(">a\n" + mebi + "\n>b\n" + std::string(3 * kMiB, 'L')) == Alphabet::nucleotide);
}

void refusesWhatIsNoFasta() {
  const std::string fastq = "@read\nACGT\n+\n>III\n@read2\nACGT\n+\nIIII\n";
  const std::string lateHeader = repeated("no fasta\n", kMiB / 9 + 1) + ">a\nACGT\n";
  for (const std::string& text : {fastq, lateHeader, std::string("ACGT\n"), std::string("\n")}) {
    const Outcome outcome = ingestText(text, {}).outcome;
    CHECK(outcome.kind == Outcome::Kind::malformed && outcome.value == 0 && std::strlen(outcome.what) > 10);
    checkText(text, {.takesAnything = true});
  }
  checkText("@ a mail\n>a\n+\n", {});
  CHECK(checkText("", {}).counts.records == 0);
}

void readsFilesAsIfTheyWereOne() {
  const std::string text = mixedText(5, 300 * kKiB, "ACGT");
  for (const size_t fileBytes : {size_t{997}, 64 * kKiB, 300 * kKiB - 1}) {
    checkText(text, {.windowBytes = 4 * kKiB, .fileBytes = fileBytes});
    checkText(text, {.windowCount = 2, .fileBytes = fileBytes});
  }
  // A long record that is no good to pack is read a second time.
  const std::string odd = ">long\n" + lettersOf(2 * kMiB, "ACGTRYKMSWBDHVN", 6) + "\n>b\nACGT\n";
  checkText(odd, {.fileBytes = 100'003});

  TextFiles cut(text, 100 * kKiB);
  CHECK(ftruncate(cut.files[2]->fd, 5) == 0);
  mm::InputWindows windows({.input = cut.input()});
  std::vector<uint8_t> memory(mm::InputWindows::memoryBytes({}) + 64);
  mm::Grant grant(memory);
  CHECK(windows.start(grant).ok());
  while (!windows.next().empty()) {
  }
  std::array<uint8_t, 32> sha256;
  const mm::Outcome shorter = windows.finish(sha256);
  CHECK(shorter.kind == mm::Outcome::Kind::io && shorter.status.error == ESTALE);
}

void endsEarly() {
  const std::string text = mixedText(9, 4 * kMiB, "ACDEFGHIKLMNPQRSTVWY");
  const Ingested cancelled = ingestText(text, {.isCancelled = true});
  CHECK(cancelled.outcome.kind == Outcome::Kind::cancelled && cancelled.progress == 0);
  const Ingested full = ingestText(text, {.sorterBytes = kMiB, .diskLimitBytes = 500 * kKiB});
  CHECK(full.outcome.kind == Outcome::Kind::disk && full.diskPeakBytes <= 500 * kKiB);

  mm::DiskAllowance disk;
  mm::SpillFile file(-1, disk);
  std::vector<uint8_t> memory(2 * kMiB);
  mm::ExternalSorter sorter(memory, file);
  mm::Progress progress;
  mm::IngestCounts counts;
  mm::IngestRequest request;
  const TextFile input(">a\nACGT\n");
  request.windows.input = input.fd;
  const Outcome lacking = mm::ingest(request, sorter, mm::Grant(memory), progress, counts);
  CHECK(lacking.kind == Outcome::Kind::memory && lacking.value > memory.size());
  std::vector<uint8_t> enough(mm::ingestBytes(request));
  request.windows.input = -1;
  CHECK(mm::ingest(request, sorter, mm::Grant(enough), progress, counts).kind == Outcome::Kind::io);
}

}  // namespace

int main() {
  readsEveryShapeInAnyWindows();
  givesTheSameInLittleMemory();
  readsLongSequences();
  keepsWhatIsNoGoodToPack();
  tellsTheAlphabet();
  refusesWhatIsNoFasta();
  readsFilesAsIfTheyWereOne();
  endsEarly();
  return checkResult();
}
