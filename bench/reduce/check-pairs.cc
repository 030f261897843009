// Does a record pass identity and coverage against another? Asked of pairs, and decided without a line of mm: by edlib where its alignment
// is enough, else by a search of all alignments there are. Arguments: FASTA whose records are numbered from 0 in their order, identity x 10,000,
// coverage of the member x 10,000, 1 or 2 strands. Standard input: member and representative, a pair a line. Standard output, a line each:
// 1 passes, 0 does not, ? is too large to be decided.
#include <edlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

namespace {

constexpr int64_t kShare = 10'000;
constexpr int64_t kMostCellsOfEdlib = 100'000'000'000;
constexpr int64_t kMostCells = 4'000'000'000;

enum class Answer { kFails, kPasses, kUndecided };

struct Thresholds {
  int64_t identity;
  int64_t coverage;
  bool bothStrands;
};

/// Upper case; U is read as T where there are two strands. Other than that a letter equals itself alone.
std::vector<std::string> readRecords(const char* path, bool isNucleotide) {
  std::vector<std::string> records;
  std::ifstream file(path, std::ios::binary);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] == '>') {
      records.emplace_back();
      continue;
    }
    if (records.empty()) continue;
    for (char letter : line) {
      if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
      if (letter <= ' ') continue;
      records.back().push_back(isNucleotide && letter == 'U' ? 'T' : letter);
    }
  }
  return records;
}

std::string otherStrand(const std::string& text) {
  static const std::string from = "ACGTRYKMBVDH";
  static const std::string to = "TGCAYRMKVBHD";
  std::string turned(text.rbegin(), text.rend());
  for (char& letter : turned) {
    const size_t at = from.find(letter);
    if (at != std::string::npos) letter = to[at];
  }
  return turned;
}

/// The whole member somewhere in the representative, with the fewest errors: enough for most pairs that pass, proof of nothing otherwise.
bool passesByEdlib(const std::string& member, const std::string& representative, const Thresholds& asked) {
  const auto memberLength = static_cast<int64_t>(member.size());
  const auto mostErrors = static_cast<int>(memberLength * (kShare - asked.identity) / asked.identity) + 1;
  EdlibAlignConfig config = edlibNewAlignConfig(mostErrors, EDLIB_MODE_HW, EDLIB_TASK_PATH, nullptr, 0);
  EdlibAlignResult result = edlibAlign(member.data(), static_cast<int>(member.size()), representative.data(),
                                       static_cast<int>(representative.size()), config);
  bool passes = false;
  if (result.status == EDLIB_STATUS_OK && result.alignmentLength > 0) {
    const unsigned char* first = result.alignment;
    const unsigned char* last = first + result.alignmentLength;
    const auto isPair = [](unsigned char step) { return step == EDLIB_EDOP_MATCH || step == EDLIB_EDOP_MISMATCH; };
    while (first < last && !isPair(*first)) first += 1;
    while (last > first && !isPair(last[-1])) last -= 1;
    const int64_t columns = last - first;
    const int64_t matches = std::count(first, last, EDLIB_EDOP_MATCH);
    const int64_t spanned = columns - std::count(first, last, EDLIB_EDOP_DELETE);
    passes = kShare * matches >= asked.identity * columns && kShare * spanned >= asked.coverage * memberLength;
  }
  edlibFreeAlignResult(result);
  return passes;
}

/// Looks at every alignment. An equal pair scores what identity leaves of a column and any other column costs the identity, so a score of nought
/// or more is an alignment with the identity. Where it may begin is bisected: the best score from a range of beginnings is a bound for each of them.
class Search {
 public:
  Search(const std::string& member, const std::string& representative, const Thresholds& asked)
      : member_(member), representative_(representative), equal_(kShare - asked.identity), unequal_(-asked.identity) {
    const auto length = static_cast<int64_t>(member.size());
    needed_ = std::max<int64_t>(1, (asked.coverage * length + kShare - 1) / kShare);
  }

  Answer answer() {
    const auto length = static_cast<int64_t>(member_.size());
    if (representative_.empty() || needed_ > length) return Answer::kFails;
    return from(0, length - needed_);
  }

 private:
  struct Best {
    int64_t score;
    int64_t start;
  };
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::min() / 2;

  /// Alignments whose first pair has a residue of the member from `first` to `last`.
  Answer from(int64_t first, int64_t last) {
    const auto rows = static_cast<int64_t>(member_.size());
    const auto columns = static_cast<int64_t>(representative_.size());
    cells_ += (rows - first) * columns;
    if (cells_ > kMostCells) return Answer::kUndecided;
    row_.assign(static_cast<size_t>(columns) + 1, Best{kNone, 0});
    bool isPossible = false;
    for (int64_t row = first; row < rows; row += 1) {
      Best diagonal = row_[0];
      Best left{kNone, 0};
      const bool isEnd = row + 1 >= first + needed_;
      for (int64_t column = 1; column <= columns; column += 1) {
        Best& here = row_[static_cast<size_t>(column)];
        Best pair = row <= last && diagonal.score < 0 ? Best{0, row} : diagonal;
        const bool isEqual = member_[static_cast<size_t>(row)] == representative_[static_cast<size_t>(column) - 1];
        pair.score += isEqual ? equal_ : unequal_;
        if (isEnd && pair.score >= 0) {
          if (row + 1 - pair.start >= needed_) return Answer::kPasses;
          isPossible = true;
        }
        const Best up{here.score + unequal_, here.start};
        const Best across{left.score + unequal_, left.start};
        Best best = pair;
        if (up.score > best.score || (up.score == best.score && up.start < best.start)) best = up;
        if (across.score > best.score || (across.score == best.score && across.start < best.start)) best = across;
        diagonal = here;
        here = best;
        left = best;
      }
      row_[0] = Best{kNone, 0};
    }
    if (!isPossible || first == last) return Answer::kFails;
    const int64_t middle = first + (last - first) / 2;
    const Answer lower = from(first, middle);
    return lower == Answer::kFails ? from(middle + 1, last) : lower;
  }

  const std::string& member_;
  const std::string& representative_;
  int64_t equal_;
  int64_t unequal_;
  int64_t needed_ = 0;
  int64_t cells_ = 0;
  std::vector<Best> row_;
};

Answer decide(const std::string& member, const std::string& representative, const Thresholds& asked) {
  const std::vector<std::string> strands =
      asked.bothStrands ? std::vector{member, otherStrand(member)} : std::vector{member};
  const auto cells = static_cast<int64_t>(member.size()) * static_cast<int64_t>(representative.size());
  if (cells > kMostCellsOfEdlib) return Answer::kUndecided;
  if (member == representative) return Answer::kPasses;
  for (const std::string& strand : strands)
    if (passesByEdlib(strand, representative, asked)) return Answer::kPasses;
  Answer answer = Answer::kFails;
  for (const std::string& strand : strands) {
    const Answer found = Search(strand, representative, asked).answer();
    if (found == Answer::kPasses) return found;
    if (found == Answer::kUndecided) answer = found;
  }
  return answer;
}

}  // namespace

int main(int count, char** words) {
  if (count != 5) return 64;
  const Thresholds asked{std::atoll(words[2]), std::atoll(words[3]), words[4][0] == '2'};
  const std::vector<std::string> records = readRecords(words[1], asked.bothStrands);
  size_t member = 0;
  size_t representative = 0;
  while (std::scanf("%zu %zu", &member, &representative) == 2) {
    if (member >= records.size() || representative >= records.size()) return 65;
    std::putchar("01?"[static_cast<int>(decide(records[member], records[representative], asked))]);
    std::putchar('\n');
  }
  return 0;
}
