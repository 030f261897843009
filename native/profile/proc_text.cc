#include "proc_text.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace mm::profile {
namespace {

/// Takes the next word off the front; empty at the end.
std::string_view takeWord(std::string_view& text) {
  const size_t start = text.find_first_not_of(" \t\n");
  if (start == std::string_view::npos) {
    text = {};
    return {};
  }
  text.remove_prefix(start);
  const std::string_view word = text.substr(0, text.find_first_of(" \t\n"));
  text.remove_prefix(word.size());
  return word;
}

/// A number that is all of the word, else nothing.
template <typename Number>
std::optional<Number> parseNumber(std::string_view word) {
  Number value{};
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == word.data() + word.size() ? std::optional(value) : std::nullopt;
}

/// Negative numbers, of which a few fields of stat have some, count as 0.
uint64_t numberOr0(std::string_view word) {
  return parseNumber<uint64_t>(word).value_or(0);
}

template <typename Figures>
struct Field {
  std::string_view key;
  uint64_t Figures::* member;
  uint64_t unit;
};

/// Fills what the lines name, each at most once; true when the first field was among them.
template <typename Figures, size_t Count>
bool parseLines(std::string_view text, const Field<Figures> (&fields)[Count], Figures& figures) {
  bool hasFirst = false;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    for (const Field<Figures>& field : fields) {
      if (!line.starts_with(field.key)) continue;
      std::string_view rest = line.substr(field.key.size());
      figures.*field.member = numberOr0(takeWord(rest)) * field.unit;
      hasFirst = hasFirst || &field == &fields[0];
      break;
    }
  }
  return hasFirst;
}

constexpr Field<Rollup> kRollupFields[] = {
    {"Rss:", &Rollup::resident, 1024},
    {"Pss:", &Rollup::pss, 1024},
    {"Pss_Anon:", &Rollup::pssAnon, 1024},
    {"Pss_File:", &Rollup::pssFile, 1024},
    {"Pss_Shmem:", &Rollup::pssShared, 1024},
    {"Anonymous:", &Rollup::anon, 1024},
    {"Private_Clean:", &Rollup::privateClean, 1024},
    {"Private_Dirty:", &Rollup::privateDirty, 1024},
    {"Swap:", &Rollup::swap, 1024},
    {"SwapPss:", &Rollup::swapPss, 1024},
    {"Private_Hugetlb:", &Rollup::privateHuge, 1024},
    {"Shared_Hugetlb:", &Rollup::sharedHuge, 1024},
};

struct StatusFields {
  uint64_t threadGroup = 0;
  uint64_t parent = 0;
  uint64_t highWater = 0;
  uint64_t residentAnon = 0;
  uint64_t residentShared = 0;
  uint64_t swap = 0;
  uint64_t pageTables = 0;
  uint64_t threads = 0;
};

constexpr Field<StatusFields> kStatusFields[] = {
    {"Tgid:", &StatusFields::threadGroup, 1},           {"PPid:", &StatusFields::parent, 1},
    {"VmHWM:", &StatusFields::highWater, 1024},         {"RssAnon:", &StatusFields::residentAnon, 1024},
    {"RssShmem:", &StatusFields::residentShared, 1024}, {"VmSwap:", &StatusFields::swap, 1024},
    {"VmPTE:", &StatusFields::pageTables, 1024},        {"Threads:", &StatusFields::threads, 1},
};

}  // namespace

bool parseStatm(std::string_view text, Statm& statm) {
  const auto size = parseNumber<uint64_t>(takeWord(text));
  const auto resident = parseNumber<uint64_t>(takeWord(text));
  const auto shared = parseNumber<uint64_t>(takeWord(text));
  if (!size || !resident || !shared) return false;
  statm = {*size, *resident, *shared};
  return true;
}

bool parseStat(std::string_view text, ProcessStat& stat) {
  const size_t open = text.find('(');
  // The name may hold brackets, spaces and newlines; the fields behind it never hold a bracket.
  const size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  std::string_view before = text.substr(0, open);
  const auto pid = parseNumber<pid_t>(takeWord(before));
  if (!pid || *pid <= 0) return false;
  std::string_view rest = text.substr(close + 1);
  constexpr size_t kFirst = 3;
  constexpr size_t kLast = 52;
  std::string_view fields[kLast + 1];
  for (size_t at = kFirst; at <= kLast; ++at) fields[at] = takeWord(rest);
  const auto parent = parseNumber<pid_t>(fields[4]);
  const auto startTicks = parseNumber<uint64_t>(fields[22]);
  if (fields[3].size() != 1 || !parent || !startTicks) return false;

  stat = {};
  stat.pid = *pid;
  const std::string_view name = text.substr(open + 1, close - open - 1);
  std::memcpy(stat.name, name.data(), std::min(name.size(), sizeof(stat.name) - 1));
  stat.state = fields[3][0];
  stat.parent = *parent;
  stat.session = parseNumber<pid_t>(fields[6]).value_or(0);
  stat.minorFaults = numberOr0(fields[10]);
  stat.majorFaults = numberOr0(fields[12]);
  stat.cpuTicks = numberOr0(fields[14]) + numberOr0(fields[15]);
  stat.threads = numberOr0(fields[20]);
  stat.startTicks = *startTicks;
  for (size_t at = 26; at <= 28; ++at) {
    // Without the right to look into the process these are 0, or 1 for the text.
    const uint64_t value = numberOr0(fields[at]);
    if (value > 1) stat.image = (stat.image ^ value) * 0x9e3779b97f4a7c15u;
  }
  stat.exitStatus = parseNumber<int>(fields[52]).value_or(0);
  return true;
}

bool parseRollup(std::string_view text, Rollup& rollup) {
  rollup = {};
  return parseLines(text, kRollupFields, rollup);
}

bool parseStatus(std::string_view text, ProcessStatus& status) {
  StatusFields fields;
  if (!parseLines(text, kStatusFields, fields)) return false;
  status = {static_cast<pid_t>(fields.threadGroup),
            static_cast<pid_t>(fields.parent),
            fields.highWater,
            fields.residentAnon,
            fields.residentShared,
            fields.swap,
            fields.pageTables,
            fields.threads};
  return true;
}

std::optional<pid_t> parseLastPid(std::string_view text) {
  for (int skipped = 0; skipped < 4; ++skipped) takeWord(text);
  return parseNumber<pid_t>(takeWord(text));
}

uint64_t numberAfter(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    if (text.starts_with(key)) {
      std::string_view rest = text.substr(key.size());
      return numberOr0(takeWord(rest));
    }
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  }
  return 0;
}

uint64_t stallMicros(std::string_view text, std::string_view kind) {
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (!line.starts_with(kind)) continue;
    const size_t at = line.find(" total=");
    return at == std::string_view::npos ? 0 : numberOr0(line.substr(at + 7));
  }
  return 0;
}

}  // namespace mm::profile
