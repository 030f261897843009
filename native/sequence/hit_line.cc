#include "hit_line.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace mm {

namespace {

constexpr uint64_t kMostPosition = uint64_t{1} << 40;

std::string_view textOf(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Up to the next tab, which is passed.
std::span<const uint8_t> takeColumn(std::span<const uint8_t>& rest) {
  const auto* tab = rest.empty() ? nullptr : static_cast<const uint8_t*>(std::memchr(rest.data(), '\t', rest.size()));
  const size_t length = tab == nullptr ? rest.size() : static_cast<size_t>(tab - rest.data());
  const auto column = rest.first(length);
  rest = rest.subspan(std::min(length + 1, rest.size()));
  return column;
}

/// False when there are fewer than twelve.
bool readColumns(std::span<const uint8_t> line, Hit& hit) {
  std::span<const uint8_t> rest = line;
  for (auto& column : hit.columns) {
    if (rest.empty()) return false;
    column = takeColumn(rest);
  }
  const auto& last = hit.columns.back();
  hit.rest = line.subspan(static_cast<size_t>(last.data() + last.size() - line.data()));
  return true;
}

bool readNumber(std::span<const uint8_t> digits, uint64_t& value) {
  value = 0;
  for (const uint8_t digit : digits) {
    if (digit < '0' || digit > '9' || value >= kMostPosition) return false;
    value = value * 10 + (digit - '0');
  }
  return !digits.empty();
}

/// Positions from 1, the larger one first where the strand is the other.
bool readSpan(std::span<const uint8_t> first, std::span<const uint8_t> second, uint64_t& begin, uint64_t& end,
              bool& descends) {
  uint64_t from = 0;
  uint64_t to = 0;
  if (!readNumber(first, from) || !readNumber(second, to) || from == 0 || to == 0) return false;
  descends = from > to;
  begin = std::min(from, to) - 1;
  end = std::max(from, to);
  return true;
}

const char* readTabular(Hit& hit) {
  hit.target = hit.columns[1];
  if (!readSpan(hit.columns[6], hit.columns[7], hit.queryBegin, hit.queryEnd, hit.queryDescends)) {
    return "columns 7 and 8, start and end in the query, are positions from 1";
  }
  if (!readSpan(hit.columns[8], hit.columns[9], hit.targetBegin, hit.targetEnd, hit.targetDescends)) {
    return "columns 9 and 10, start and end in the subject, are positions from 1";
  }
  return nullptr;
}

/// cs:Z says more than cg:Z.
void findAlignment(Hit& hit) {
  for (auto rest = hit.rest.subspan(std::min<size_t>(1, hit.rest.size())); !rest.empty();) {
    const auto tag = takeColumn(rest);
    const bool isDifference = textOf(tag).starts_with("cs:Z:");
    if (isDifference || (textOf(tag).starts_with("cg:Z:") && hit.alignment.isEmpty())) {
      const auto notation = isDifference ? HitAlignment::Notation::difference : HitAlignment::Notation::cigar;
      hit.alignment = HitAlignment(notation, tag.subspan(5));
    }
  }
}

const char* readPaf(Hit& hit) {
  hit.target = hit.columns[5];
  const std::string_view strand = textOf(hit.columns[4]);
  if (strand != "+" && strand != "-") return "column 5, the strand, is + or -";
  hit.isReverse = strand == "-";
  uint64_t queryLength = 0;
  if (!readNumber(hit.columns[1], queryLength) || !readNumber(hit.columns[2], hit.queryBegin) ||
      !readNumber(hit.columns[3], hit.queryEnd) || hit.queryBegin > hit.queryEnd || hit.queryEnd > queryLength) {
    return "columns 2 to 4, length, start and end of the query, are numbers that fit each other";
  }
  if (!readNumber(hit.columns[6], hit.targetLength) || !readNumber(hit.columns[7], hit.targetBegin) ||
      !readNumber(hit.columns[8], hit.targetEnd) || hit.targetBegin >= hit.targetEnd ||
      hit.targetEnd > hit.targetLength) {
    return "columns 7 to 9, length, start and end of the target, are numbers that fit each other";
  }
  findAlignment(hit);
  if (hit.alignment.isEmpty()) return nullptr;
  HitAlignment::Sums sums;
  if (!hit.alignment.sums(sums) || sums.target != hit.targetEnd - hit.targetBegin ||
      sums.query != hit.queryEnd - hit.queryBegin) {
    return "cg:Z (of M I D N = X) or cs:Z is an alignment of the spans in columns 3, 4, 8 and 9";
  }
  hit.unknownPairs = sums.unknown;
  return nullptr;
}

}  // namespace

bool isRemark(std::span<const uint8_t> line) {
  return line.empty() || line[0] == '#';
}

bool formatOfHit(std::span<const uint8_t> line, HitFormat& format) {
  Hit hit;
  if (!readColumns(line, hit) || textOf(hit.columns[1]) == "*" || textOf(hit.columns[5]) == "*") return false;
  const std::string_view strand = textOf(hit.columns[4]);
  format = strand == "+" || strand == "-" ? HitFormat::paf : HitFormat::tabular;
  return true;
}

bool isNoTarget(const Hit& hit) {
  return textOf(hit.target) == "*";
}

const char* readHit(std::span<const uint8_t> line, HitFormat format, Hit& hit) {
  hit = {};
  if (!readColumns(line, hit)) return "a line of hits has twelve columns between tabs, or more";
  return format == HitFormat::tabular ? readTabular(hit) : readPaf(hit);
}

}  // namespace mm
