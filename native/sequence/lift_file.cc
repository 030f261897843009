#include "lift_file.h"

#include <algorithm>
#include <cerrno>

#include "accession.h"
#include "cluster_table.h"

namespace mm {

namespace {

/// The names are 16 bytes each.
constexpr size_t kNameShare = 4;

Outcome damagedFile() {
  return Outcome::failed({EIO, "temporary file"});
}

bool equal(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

bool LiftFile::start(const SpillFile& names, const SpillFile& lifts, Grant& memory) {
  name_ = memory.take<uint8_t>(kMostNameBytes);
  nameCount_ = names.byteLength() / sizeof(NameEntry);
  Grant share = memory.split(std::max(PageCache::kFewestBytes, memory.freeBytes() / kNameShare));
  return !name_.empty() && names_.start(names, share) && lifts_.start(lifts, memory);
}

/// The first that has this hash, or a higher one.
Outcome LiftFile::firstEntry(uint64_t hash, uint64_t& index) {
  uint64_t low = 0;
  uint64_t high = nameCount_;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    NameEntry entry;
    if (const Outcome read = names_.readValue(middle * sizeof entry, entry); !read.ok()) return read;
    if (entry.hash < hash) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  index = low;
  return {};
}

Outcome LiftFile::find(std::span<const uint8_t> target, uint64_t length, FoundRepresentative& found) {
  found = {};
  size_t alike = 0;
  size_t fitting = 0;
  FoundRepresentative fit;
  uint64_t index = 0;
  const uint64_t hash = xxh64(target.data(), target.size());
  if (const Outcome sought = firstEntry(hash, index); !sought.ok()) return sought;
  for (; index < nameCount_; ++index) {
    NameEntry entry;
    if (const Outcome read = names_.readValue(index * sizeof entry, entry); !read.ok()) return read;
    if (entry.hash != hash) break;
    RepresentativeHead head;
    if (const Outcome read = lifts_.readValue(entry.position, head); !read.ok()) return read;
    if (head.nameBytes > name_.size()) return damagedFile();
    const auto name = name_.first(head.nameBytes);
    if (const Outcome read = lifts_.read(entry.position + sizeof head, name); !read.ok()) return read;
    const bool isAccession = !equal(name, target);
    if (isAccession && !equal(accessionOf(name), target)) continue;
    // A whole name counts more than any number of accessions.
    if (alike > 0 && isAccession != found.isAccession) {
      if (isAccession) continue;
      alike = fitting = 0;
    }
    found = {.kind = FoundRepresentative::Kind::one,
             .isAccession = isAccession,
             .residues = head.residues,
             .firstMember = entry.position + sizeof head + head.nameBytes};
    ++alike;
    if (length != 0 && head.residues == length) {
      ++fitting;
      fit = found;
    }
  }
  if (alike > 1 && fitting == 1) {
    found = fit;
  } else if (alike > 1) {
    found.kind = FoundRepresentative::Kind::several;
  }
  return {};
}

Outcome LiftFile::nextMember(uint64_t& position, FoundMember& member, bool& hasMember) {
  if (const Outcome read = lifts_.readValue(position, member.head); !read.ok()) return read;
  hasMember = member.head.partBytes > 0;
  if (!hasMember) return {};
  if (member.head.nameBytes > kMostNameBytes) return damagedFile();
  member.name = position + sizeof member.head;
  member.parts = member.name + member.head.nameBytes;
  position = member.parts + member.head.partBytes;
  return {};
}

}  // namespace mm
