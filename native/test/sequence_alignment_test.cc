// The alignment's parts against plain algorithms: wavefronts against the quadratic table, trimming against all
// segments, chains against all subsets and around a circle.

#include <vector>

#include "../sequence/assignment.h"
#include "../sequence/chain.h"
#include "../sequence/extension.h"
#include "../sequence/residue_window.h"
#include "../sequence/trim.h"
#include "check.h"
#include "sequence_random.h"

namespace {

using mm::Edit;
using mm::Step;

constexpr uint32_t kMostErrors = 120;

/// A text with bytes before and behind it that may be read.
struct Padded {
  explicit Padded(const std::string& text)
      : bytes("########" + text + "########"), length(static_cast<uint32_t>(text.size())) {}
  const uint8_t* data() const { return reinterpret_cast<const uint8_t*>(bytes.data()) + 8; }
  std::string bytes;
  uint32_t length;
};

struct Fixture {
  std::vector<int32_t> cells = std::vector<int32_t>(mm::Wavefronts::cells(kMostErrors));
  std::vector<Step> room = std::vector<Step>(3000);
  mm::StepList steps{room};
};

uint32_t editDistance(const std::string& a, const std::string& b) {
  std::vector<uint32_t> row(b.size() + 1);
  for (uint32_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (uint32_t i = 1; i <= a.size(); ++i) {
    uint32_t diagonal = row[0];
    row[0] = i;
    for (uint32_t j = 1; j <= b.size(); ++j) {
      const uint32_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// Whether the steps lead from the start to the end of both, copying only what is equal. @returns their errors, or -1
int errorsOf(std::span<const Step> steps, const std::string& member, const std::string& representative) {
  size_t at = 0;
  size_t other = 0;
  uint32_t errors = 0;
  for (const Step& step : steps) {
    if (member.compare(at, step.copy, representative, other, step.copy) != 0) return -1;
    at += step.copy;
    other += step.copy;
    if (step.edit != Edit::erase) at += step.length;
    if (step.edit != Edit::insert) other += step.length;
    errors += step.length;
  }
  return at == member.size() && other == representative.size() ? static_cast<int>(errors) : -1;
}

std::pair<std::string, std::string> randomPair(mm_test::Random& random) {
  const std::string_view letters = random() % 2 == 0 ? mm_test::kNucleotides : mm_test::kAminoAcids;
  const std::string one = mm_test::randomSequence(random, random() % 150, letters);
  if (random() % 4 == 0) return {one, mm_test::randomSequence(random, random() % 60, letters)};
  return {one, mm_test::mutated(random, one, 2 + random() % 30, letters)};
}

void fillsWithTheFewestErrors() {
  mm_test::Random random(1);
  Fixture fixture;
  for (int round = 0; round < 4000; ++round) {
    const auto [member, representative] = randomPair(random);
    const Padded one(member);
    const Padded other(representative);
    const mm::Stretch stretch{one.data(), one.length, other.data(), other.length};
    const uint32_t distance = editDistance(member, representative);
    const uint32_t most = random() % (kMostErrors + 1);
    mm::Wavefronts wavefronts(fixture.cells, 9000);
    fixture.steps.clear();
    uint32_t errors = 0;
    const bool filled = wavefronts.fill(stretch, most, fixture.steps, errors);
    CHECK(filled == (distance <= most));
    if (!filled) continue;
    CHECK(errors == distance);
    CHECK(errorsOf(fixture.steps.steps(), member, representative) == static_cast<int>(distance));
  }
}

/// The stretches that an extension says it aligned have the errors it says, and no fewer.
void extendsToBothSides() {
  mm_test::Random random(2);
  Fixture fixture;
  for (int round = 0; round < 4000; ++round) {
    const auto [member, representative] = randomPair(random);
    const Padded one(member);
    const Padded other(representative);
    const mm::Stretch stretch{one.data(), one.length, other.data(), other.length};
    const uint32_t identity = 5000 + static_cast<uint32_t>(random() % 5001);
    mm::Wavefronts wavefronts(fixture.cells, identity);
    const uint32_t most = 1 + random() % 64;
    fixture.steps.clear();
    const mm::Extension forward = wavefronts.extendForward(stretch, most, 8, fixture.steps);
    const std::string memberPart = member.substr(0, forward.member);
    const std::string representativePart = representative.substr(0, forward.representative);
    CHECK(errorsOf(fixture.steps.steps(), memberPart, representativePart) == static_cast<int>(forward.errors));
    CHECK(forward.errors == editDistance(memberPart, representativePart));
    // The same backwards on the mirror images.
    const std::string mirrored(member.rbegin(), member.rend());
    const std::string otherMirrored(representative.rbegin(), representative.rend());
    const Padded oneMirrored(mirrored);
    const Padded anotherMirrored(otherMirrored);
    fixture.steps.clear();
    const mm::Stretch mirror{oneMirrored.data(), oneMirrored.length, anotherMirrored.data(), anotherMirrored.length};
    const mm::Extension backward = wavefronts.extendBackward(mirror, most, 8, fixture.steps);
    CHECK(backward.member == forward.member && backward.representative == forward.representative);
    CHECK(backward.errors == forward.errors && backward.isCut == forward.isCut);
    const std::string end = mirrored.substr(mirrored.size() - backward.member);
    const std::string otherEnd = otherMirrored.substr(otherMirrored.size() - backward.representative);
    CHECK(errorsOf(fixture.steps.steps(), end, otherEnd) == static_cast<int>(backward.errors));
  }
}

void extensionsEndWhereLikenessDoes() {
  mm_test::Random random(3);
  Fixture fixture;
  const std::string common = mm_test::randomSequence(random, 300, mm_test::kNucleotides);
  const Padded one(common + mm_test::randomSequence(random, 300, "AC"));
  const Padded other(common + mm_test::randomSequence(random, 300, "GT"));
  mm::Wavefronts wavefronts(fixture.cells, 9500);
  const mm::Stretch stretch{one.data(), one.length, other.data(), other.length};
  const mm::Extension extension = wavefronts.extendForward(stretch, 64, 8, fixture.steps);
  CHECK(extension.member == 300 && extension.representative == 300 && extension.errors == 0 && !extension.isCut);
}

std::vector<Step> randomSteps(mm_test::Random& random) {
  std::vector<Step> steps(1 + random() % 12);
  for (Step& step : steps) {
    step = {static_cast<uint32_t>(random() % 3 == 0 ? 0 : random() % 40), 1 + static_cast<uint32_t>(random() % 6),
            static_cast<Edit>(1 + random() % 3)};
  }
  steps.back().edit = Edit::end;
  steps.back().length = 0;
  return steps;
}

void trimsToTheWidestSegment() {
  mm_test::Random random(4);
  std::vector<mm::TrimPoint> scratch(20);
  int found = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::vector<Step> steps = randomSteps(random);
    const uint64_t identity = 5000 + random() % 5001;
    uint64_t widest = 0;
    for (size_t first = 0; first < steps.size(); ++first) {
      uint64_t span = 0;
      uint64_t matches = 0;
      uint64_t columns = 0;
      for (size_t last = first; last < steps.size(); ++last) {
        span += steps[last].copy;
        matches += steps[last].copy;
        columns += steps[last].copy;
        const bool hasEnds = steps[first].copy != 0 && steps[last].copy != 0;
        if (hasEnds && matches * 10000 >= identity * columns) widest = std::max(widest, span);
        span += steps[last].edit == Edit::erase ? 0 : steps[last].length;
        columns += steps[last].length;
      }
    }
    mm::Segment segment;
    const bool isFound = mm::trimSteps(steps, static_cast<uint32_t>(identity), scratch, segment);
    CHECK(isFound == (widest != 0));
    if (!isFound) continue;
    ++found;
    CHECK(segment.memberEnd - segment.memberStart == widest);
    CHECK(segment.matches * uint64_t{10000} >= identity * segment.columns);
    CHECK(steps[segment.firstStep].copy != 0 && steps[segment.lastStep].copy != 0);
    uint64_t before = 0;
    for (size_t at = 0; at < segment.firstStep; ++at) {
      before += steps[at].copy + (steps[at].edit == Edit::insert ? 0 : steps[at].length);
    }
    CHECK(segment.representativeStart == before);
  }
  CHECK(found > 1000);
}

void chainsTheLongestAscent() {
  mm_test::Random random(5);
  constexpr size_t kMost = 12;
  std::vector<mm::Anchor> anchors(kMost);
  std::vector<uint32_t> ends(kMost);
  std::vector<uint32_t> before(kMost);
  std::vector<int64_t> diagonals(kMost);
  const mm::ChainScratch scratch{anchors, ends, before, diagonals};
  for (int round = 0; round < 3000; ++round) {
    std::vector<mm::SharedKmer> shared(1 + random() % kMost);
    const bool reverses = random() % 2 == 0;
    uint32_t position = 0;
    for (mm::SharedKmer& kmer : shared) {
      position += 1 + random() % 5;
      kmer = {position, static_cast<uint32_t>(random() % 60), reverses};
    }
    size_t longest = 0;
    for (uint32_t subset = 1; subset < 1u << shared.size(); ++subset) {
      int64_t last = -1;
      size_t count = 0;
      for (size_t at = 0; at < shared.size() && count < kMost + 1; ++at) {
        if ((subset >> at & 1) == 0) continue;
        const int64_t place = reverses ? 100 - 10 - int64_t{shared[at].representative} : shared[at].representative;
        count = place > last ? count + 1 : kMost + 1;
        last = place;
      }
      if (count <= kMost) longest = std::max(longest, count);
    }
    bool isReverse = !reverses;
    const auto chain = mm::chainKmers(shared, {10, 100, false}, 1000, scratch, isReverse);
    CHECK(isReverse == reverses && chain.size() == longest);
    for (size_t at = 1; at < chain.size(); ++at) {
      CHECK(chain[at - 1].member < chain[at].member && chain[at - 1].representative < chain[at].representative);
    }
    const auto near = mm::chainKmers(shared, {10, 100, false}, 0, scratch, isReverse);
    for (const mm::Anchor& anchor : near) CHECK(anchor.diagonal() == near[0].diagonal());
  }
}

/// A chain on a circle: k-mers of a member that begins anywhere, and some that are anywhere.
void chainsAroundACircle() {
  mm_test::Random random(6);
  constexpr size_t kMost = 400;
  constexpr uint64_t kReach = 40;
  std::vector<mm::Anchor> anchors(kMost);
  std::vector<uint32_t> ends(kMost);
  std::vector<uint32_t> before(kMost);
  std::vector<int64_t> diagonals(kMost);
  const mm::ChainScratch scratch{anchors, ends, before, diagonals};
  for (int round = 0; round < 3000; ++round) {
    const bool reverses = random() % 2 == 0;
    const mm::ChainSpace space{10, 5000 + random() % 5000, true};
    const uint64_t start = random() % space.length;
    const uint64_t length = space.length - random() % 2000;
    std::vector<mm::SharedKmer> shared;
    std::vector<mm::SharedKmer> real;
    for (uint64_t member = random() % 40; member + space.k <= length; member += 25 + random() % 40) {
      const bool isNoise = random() % 8 == 0;
      const uint64_t drift = isNoise ? random() % space.length : member * 20 / length;
      const uint64_t place = (start + member + drift) % space.length;
      if (place + space.k > space.length) continue;
      const uint64_t onForward = reverses ? space.length - space.k - place : place;
      shared.push_back({static_cast<uint32_t>(member), static_cast<uint32_t>(onForward), reverses});
      if (!isNoise) real.push_back({static_cast<uint32_t>(member), static_cast<uint32_t>(place), reverses});
    }
    bool isReverse = !reverses;
    const auto chain = mm::chainKmers(shared, space, kReach, scratch, isReverse);
    CHECK(isReverse == reverses && !chain.empty());
    // The drift may take the last ones beyond the turn, and one beside a k-mer that is there by chance may be alone.
    CHECK(chain.size() * 10 >= real.size() * 8);
    CHECK(uint64_t{chain.back().representative} + space.k - chain.front().representative <= space.length);
    CHECK(chain.back().representative + space.k <= mm::ResidueWindow::kTurns * space.length);
    for (size_t at = 0; at < chain.size(); ++at) {
      const bool isShared = std::any_of(shared.begin(), shared.end(), [&](const mm::SharedKmer& kmer) {
        const uint64_t place = reverses ? space.length - space.k - kmer.representative : kmer.representative;
        return kmer.member == chain[at].member && place == chain[at].representative % space.length;
      });
      CHECK(isShared);
      if (at == 0) continue;
      CHECK(chain[at - 1].member < chain[at].member && chain[at - 1].representative < chain[at].representative);
    }
  }
}

/// K-mers that are shared by chance, before the others and among them, would take the chain once around.
void leavesOutWhatIsThereByChance() {
  std::vector<mm::Anchor> anchors(40);
  std::vector<uint32_t> room(80);
  std::vector<int64_t> diagonals(40);
  const mm::ChainScratch scratch{anchors, std::span(room).first(40), std::span(room).last(40), diagonals};
  std::vector<mm::SharedKmer> shared{{20, 1000, false}};
  for (uint32_t at = 0; at < 20; ++at) shared.push_back({500 + 400 * at, (4500 + 400 * at) % 9000, false});
  shared.push_back({8400, 8600, false});
  shared.insert(shared.begin() + 10, {shared[9].member + 5, shared[9].representative + 90, false});
  bool isReverse = false;
  const auto chain = mm::chainKmers(shared, {10, 9000, true}, 8000, scratch, isReverse);
  CHECK(chain.size() == 20);
  for (const mm::Anchor& anchor : chain) CHECK(anchor.diagonal() == chain[0].diagonal());
  const std::vector<mm::SharedKmer> alone{{20, 1000, false}, {400, 3000, false}};
  CHECK(mm::chainKmers(alone, {10, 9000, true}, 8000, scratch, isReverse).size() == 2);
}

/// Views of a few turns, on both strands.
void windowsGoAround() {
  mm_test::Random random(7);
  std::vector<uint8_t> exceptionRoom(1 << 12);
  std::vector<uint8_t> buffer(400);
  std::vector<uint8_t> turned(400);
  for (int round = 0; round < 300; ++round) {
    const std::string text = mm_test::randomSequence(random, 1 + random() % 200, round % 3 == 0 ? "ACGTN" : "ACGT");
    mm::ResiduePacker packer(mm::Alphabet::nucleotide, exceptionRoom);
    packer.restart(true);
    const std::span<const uint8_t> bytes{reinterpret_cast<const uint8_t*>(text.data()), text.size()};
    std::vector<uint8_t> codes(packer.packedBytes(text.size()) + 8);
    packer.pack(bytes, codes);
    mm::PackedResidues packed = packer.finish();
    packed.length = text.size();
    packed.codes = codes;
    std::vector<uint8_t> reversed(text.size());
    mm::reverseComplement(bytes, reversed);
    for (const bool isReverse : {false, true}) {
      mm::ResidueWindow window(buffer, turned);
      window.open(packed, isReverse);
      const uint64_t all = mm::ResidueWindow::kTurns * text.size();
      for (int views = 0; views < 20; ++views) {
        const uint64_t start = random() % all;
        const uint64_t end = start + random() % (std::min<uint64_t>(all - start, window.capacity()) + 1);
        const auto view = window.view(start, end, start - random() % (start + 1), end + random() % (all - end + 1));
        if (!CHECK(view.size() == end - start)) continue;
        bool isSame = true;
        for (uint64_t at = start; at < end; ++at) {
          const uint8_t wanted = isReverse ? reversed[at % text.size()] : bytes[at % text.size()];
          isSame &= view[at - start] == wanted;
        }
        CHECK(isSame);
      }
    }
  }
}

}  // namespace

int main() {
  fillsWithTheFewestErrors();
  extendsToBothSides();
  extensionsEndWhereLikenessDoes();
  trimsToTheWidestSegment();
  chainsTheLongestAscent();
  chainsAroundACircle();
  leavesOutWhatIsThereByChance();
  windowsGoAround();
  return checkResult();
}
