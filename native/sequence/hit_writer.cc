#include "hit_writer.h"

#include <algorithm>
#include <array>

#include "../core/decimal.h"
#include "../core/linux/output_file.h"

namespace mm {

namespace {

constexpr std::array<std::string_view, kHitMarks> kMarkNames = {
    "hit", "same", "computed", "fewest", "inherited", "clipped", "ambiguous"};

std::string_view textOf(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string_view nameOf(HitMark mark) {
  return kMarkNames[static_cast<size_t>(mark)];
}

Outcome HitWriter::flush() {
  if (outcome_.ok()) outcome_ = writeAll(output_, buffer_.first(used_));
  flushed_ += used_;
  used_ = 0;
  return outcome_;
}

void HitWriter::longBytes(std::span<const uint8_t> bytes) {
  while (flush().ok() && !bytes.empty()) {
    used_ = std::min(bytes.size(), buffer_.size());
    std::memcpy(buffer_.data(), bytes.data(), used_);
    bytes = bytes.subspan(used_);
    if (bytes.empty()) return;
  }
}

void HitWriter::number(uint64_t value) {
  bytes(Decimal(value, ' ').bytes().subspan(1));
}

void HitWriter::column(std::span<const uint8_t> column) {
  text("\t");
  bytes(column);
}

void HitWriter::column(uint64_t value) {
  bytes(Decimal(value, '\t').bytes());
}

void HitWriter::plain(std::span<const uint8_t> line) {
  bytes(line);
  text("\n");
}

void HitWriter::own(const Hit& hit, HitFormat format, std::span<const uint8_t> line, HitMark mark) {
  bytes(line);
  if (format == HitFormat::paf) return endPaf(hit, mark);
  column(hit.target);
  text("\t");
  text(nameOf(mark));
  text("\n");
}

void HitWriter::tabular(const Hit& hit, const MemberHit& member) {
  // A query that descends against a member that descends is the forward strand: both ascend.
  const bool targetDescends = hit.targetDescends != member.isReverse;
  const bool bothDescend = hit.queryDescends && targetDescends;
  const auto span = [this](uint64_t begin, uint64_t end, bool descends) {
    column(descends ? end : begin + 1);
    column(descends ? begin + 1 : end);
  };
  bytes(hit.columns[0]);
  column(member.name);
  for (size_t at = 2; at < 6; ++at) column(hit.columns[at]);
  span(hit.queryBegin, hit.queryEnd, hit.queryDescends && !bothDescend);
  span(member.begin, member.end, targetDescends && !bothDescend);
  column(hit.columns[10]);
  column(hit.columns[11]);
  bytes(hit.rest);
  column(hit.target);
  text("\t");
  text(nameOf(member.mark));
  text("\n");
}

void HitWriter::paf(const Hit& hit, const MemberHit& member) {
  bytes(hit.columns[0]);
  column(hit.columns[1]);
  column(member.queryBegin);
  column(member.queryEnd);
  text(hit.isReverse != member.isReverse ? "\t-" : "\t+");
  column(member.name);
  column(member.residues);
  column(member.begin);
  column(member.end);
  const bool isCounted = member.mark == HitMark::computed || member.mark == HitMark::fewest;
  if (isCounted) {
    column(member.matches);
    column(member.columns);
  } else {
    column(hit.columns[9]);
    column(hit.columns[10]);
  }
  column(hit.columns[11]);
  tags(hit, member);
}

/// The alignment is another one, and so are the numbers counted from it.
void HitWriter::tags(const Hit& hit, const MemberHit& member) {
  const bool isUnchanged = hit.alignment.isEmpty() || (member.mark == HitMark::same && !member.isReverse);
  if (isUnchanged) return bytes(hit.rest);
  const bool isCounted = member.mark == HitMark::computed || member.mark == HitMark::fewest;
  const std::string_view rest = textOf(hit.rest);
  for (size_t at = 0; at < rest.size();) {
    const size_t end = std::min(rest.find('\t', at + 1), rest.size());
    const std::string_view tag = rest.substr(at, end - at);
    at = end;
    if (tag.starts_with("\tcg:Z:") || tag.starts_with("\tcs:Z:")) continue;
    if (isCounted && (tag.starts_with("\tNM:i:") || tag.starts_with("\tde:f:"))) continue;
    text(tag);
  }
  if (member.mark != HitMark::computed) return;
  text("\tNM:i:");
  number(member.columns - member.matches);
}

void HitWriter::cigarTag() {
  text("\tcg:Z:");
}

void HitWriter::cigarRun(uint64_t length, char letter) {
  number(length);
  text({&letter, 1});
}

void HitWriter::endPaf(const Hit& hit, HitMark mark) {
  text("\tmr:Z:");
  bytes(hit.target);
  text("\tmk:Z:");
  text(nameOf(mark));
  text("\n");
}

}  // namespace mm
