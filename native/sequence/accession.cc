#include "accession.h"

#include <algorithm>
#include <string_view>

namespace mm {

namespace {

struct Database {
  std::string_view prefix;
  /// Fields between the prefix and the accession.
  unsigned passed;
};
constexpr Database kDatabases[] = {
    {"sp|", 0},  {"tr|", 0},  {"cl|", 0},  {"gb|", 0},   {"ref|", 0},  {"pdb|", 0}, {"bbs|", 0},
    {"lcl|", 0}, {"gnl|", 1}, {"pat|", 1}, {"pir||", 0}, {"prf||", 0}, {"gi|", 2},
};

}  // namespace

std::span<const uint8_t> accessionOf(std::span<const uint8_t> name) {
  const std::string_view text(reinterpret_cast<const char*>(name.data()), name.size());
  for (const Database& database : kDatabases) {
    if (!text.starts_with(database.prefix)) continue;
    size_t start = database.prefix.size();
    for (unsigned field = 0; field < database.passed; ++field) {
      start = text.find('|', start);
      if (start == std::string_view::npos) return {};
      ++start;
    }
    return name.subspan(start, std::min(text.find('|', start), text.size()) - start);
  }
  return {};
}

}  // namespace mm
