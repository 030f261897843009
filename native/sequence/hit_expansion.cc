#include "hit_expansion.h"

#include <algorithm>
#include <cerrno>

#include "accession.h"
#include "alignment_lift.h"
#include "cluster_table.h"
#include "lift_file.h"
#include "line_reader.h"

namespace mm {

namespace {

constexpr size_t kFewestLineBytes = size_t{1} << 20;
constexpr size_t kWriteBytes = size_t{256} << 10;

Outcome damagedFile() {
  return Outcome::failed({EIO, "temporary file"});
}

class Expander {
 public:
  Expander(int output, std::span<uint8_t> buffer, ExpandCounts& counts) : writer_(output, buffer), counts_(counts) {}

  bool start(const SpillFile& names, const SpillFile& lifts, Grant& memory) {
    operations_ = memory.take<uint8_t>(kMostOperationBytes);
    name_ = memory.take<uint8_t>(kMostNameBytes);
    return !operations_.empty() && !name_.empty() && file_.start(names, lifts, memory);
  }

  Outcome line(std::span<const uint8_t> line) {
    Hit hit;
    if (isRemark(line)) return plain(line);
    if (!hasFormat_) hasFormat_ = formatOfHit(line, format_);
    const char* problem = readHit(line, format_, hit);
    if (isNoTarget(hit)) return plain(line);
    if (problem != nullptr) return Outcome::malformedAt(counts_.position, problem);
    FoundRepresentative found;
    if (const Outcome sought = file_.find(hit.target, hit.targetLength, found); !sought.ok()) return sought;
    if (found.kind == FoundRepresentative::Kind::several) {
      writer_.own(hit, format_, line, HitMark::ambiguous);
      return count(HitMark::ambiguous);
    }
    if (const char* misfit = misfitOf(hit, found); misfit != nullptr) {
      return Outcome::malformedAt(counts_.position, misfit);
    }
    writer_.own(hit, format_, line, HitMark::hit);
    if (const Outcome written = count(HitMark::hit); !written.ok()) return written;
    uint64_t position = found.firstMember;
    for (FoundMember member;;) {
      bool hasMember = false;
      if (const Outcome read = file_.nextMember(position, member, hasMember); !read.ok()) return read;
      if (!hasMember) return {};
      if (const Outcome lifted = lift(hit, found, member); !lifted.ok()) return lifted;
    }
  }

  Outcome finish() {
    const Outcome flushed = writer_.flush();
    counts_.outputBytes = writer_.byteLength();
    return flushed;
  }

 private:
  Outcome plain(std::span<const uint8_t> line) {
    writer_.plain(line);
    return writer_.outcome();
  }

  static const char* misfitOf(const Hit& hit, const FoundRepresentative& found) {
    if (found.kind == FoundRepresentative::Kind::none) return "the target is no representative of these deltas";
    if (hit.targetLength != 0 && hit.targetLength != found.residues) {
      return "column 7, the length of the target, is not the representative's";
    }
    if (hit.targetEnd > found.residues) return "the hit ends behind the end of the representative";
    return nullptr;
  }

  /// Gives the runs of the member that may lie in the target's stretch to `use`.
  template <typename Use>
  Outcome eachRun(const FoundMember& member, LiftTarget target, Use&& use) {
    for (uint64_t at = member.parts; at < member.parts + member.head.partBytes;) {
      PartHead part;
      if (const Outcome read = file_.readValue(at, part); !read.ok()) return read;
      if (part.operationBytes > operations_.size()) return damagedFile();
      const int64_t end = part.representative + static_cast<int64_t>(part.representativeResidues);
      if (part.representative < target.end && end > target.begin) {
        const auto operations = operations_.first(part.operationBytes);
        if (const Outcome read = file_.read(at + sizeof part, operations); !read.ok()) return read;
        RunReader runs(part.member, part.representative, part.residues, operations);
        for (AlignedRun run; runs.next(run);) use(run);
        if (runs.damaged()) return damagedFile();
      }
      at += sizeof part + part.operationBytes;
    }
    return {};
  }

  /// A representative that is read as a circle has its residues once more behind its end: a hit that lies on both sides of
  /// where a member begins is two hits of that member.
  Outcome lift(const Hit& hit, const FoundRepresentative& found, const FoundMember& member) {
    const int64_t turn = static_cast<int64_t>(found.residues);
    const LiftTarget once = LiftTarget::of(hit.targetBegin, hit.targetEnd, member.head.isReverse != 0);
    const int64_t first = member.head.isReverse != 0 ? -turn : 0;
    for (const int64_t shift : {first, first + turn}) {
      const LiftTarget target{once.begin + shift, once.end + shift};
      if (target.begin >= member.head.end || target.end <= member.head.begin) continue;
      SpanLift span(target);
      const Outcome walked = eachRun(member, target, [&span](const AlignedRun& run) { span.add(run); });
      if (!walked.ok()) return walked;
      if (!span.isLifted()) continue;
      if (const Outcome written = write(hit, found, member, target, span); !written.ok()) return written;
    }
    return {};
  }

  Outcome write(const Hit& hit, const FoundRepresentative& found, const FoundMember& member, LiftTarget target,
                const SpanLift& span) {
    MemberHit out;
    out.residues = member.head.residues;
    out.begin = span.begin();
    out.end = span.end();
    out.queryBegin = hit.queryBegin;
    out.queryEnd = hit.queryEnd;
    out.isReverse = member.head.isReverse != 0;
    out.mark = span.isSame() ? HitMark::same : span.isWhole() ? HitMark::inherited : HitMark::clipped;
    if (const Outcome read = readName(found, member, out.name); !read.ok()) return read;
    if (format_ == HitFormat::tabular) {
      writer_.tabular(hit, out);
      return count(out.mark);
    }
    const bool needsAlignment = !hit.alignment.isEmpty() && !(span.isSame() && !out.isReverse);
    if (needsAlignment) return writeAligned(hit, member, target, out);
    writer_.paf(hit, out);
    writer_.endPaf(hit, out.mark);
    return count(out.mark);
  }

  Outcome writeAligned(const Hit& hit, const FoundMember& member, LiftTarget target, MemberHit& out) {
    AlignmentLift counted(hit.alignment, target, out.isReverse);
    const auto nowhere = [](uint64_t, char) {};
    const Outcome walked = eachRun(member, target, [&](const AlignedRun& run) { counted.add(run, nowhere); });
    if (!walked.ok() || !counted.isLifted()) return walked;
    out.begin = counted.memberBegin();
    out.end = counted.memberEnd();
    // Along the member the query ascends where their strands are the same.
    const bool ascends = hit.isReverse == out.isReverse;
    out.queryBegin = ascends ? hit.queryBegin + counted.queryBegin() : hit.queryEnd - counted.queryEnd();
    out.queryEnd = ascends ? hit.queryBegin + counted.queryEnd() : hit.queryEnd - counted.queryBegin();
    out.matches = counted.matches();
    out.columns = counted.columns();
    if (out.mark != HitMark::same) {
      out.mark = hit.unknownPairs > 0      ? HitMark::inherited
                 : counted.doubtful() == 0 ? HitMark::computed
                                           : HitMark::fewest;
    }
    writer_.paf(hit, out);
    writer_.cigarTag();
    const auto sink = [this](uint64_t length, char letter) { writer_.cigarRun(length, letter); };
    AlignmentLift written(hit.alignment, target, out.isReverse);
    const Outcome again = eachRun(member, target, [&](const AlignedRun& run) { written.add(run, sink); });
    written.finish(sink);
    writer_.endPaf(hit, out.mark);
    return again.ok() ? count(out.mark) : again;
  }

  /// As the search would have written it.
  Outcome readName(const FoundRepresentative& found, const FoundMember& member, std::span<const uint8_t>& name) {
    const auto room = name_.first(member.head.nameBytes);
    name = room;
    if (const Outcome read = file_.read(member.name, room); !read.ok()) return read;
    const auto accession = found.isAccession ? accessionOf(room) : std::span<const uint8_t>{};
    if (!accession.empty()) name = accession;
    return {};
  }

  Outcome count(HitMark mark) {
    ++counts_.marks[static_cast<size_t>(mark)];
    return writer_.outcome();
  }

  HitWriter writer_;
  ExpandCounts& counts_;
  LiftFile file_;
  std::span<uint8_t> operations_;
  std::span<uint8_t> name_;
  HitFormat format_ = HitFormat::tabular;
  bool hasFormat_ = false;
};

}  // namespace

size_t fewestExpandBytes() {
  return kLineShare * (kFewestLineBytes + kWriteBytes) + kMostOperationBytes + kMostNameBytes + LiftFile::kFewestBytes;
}

Outcome expandHits(const ExpandRequest& request, const SpillFile& names, const SpillFile& lifts, Grant memory,
                   Progress& progress, ExpandCounts& counts) {
  counts = {};
  progress.done = 0;
  progress.total = request.hitsBytes;
  const auto window = memory.take<uint8_t>(
      std::max<size_t>(kFewestLineBytes, std::min<uint64_t>(memory.freeBytes() / kLineShare, request.hitsBytes)));
  Expander expander(request.output, memory.take<uint8_t>(kWriteBytes), counts);
  if (window.empty() || !expander.start(names, lifts, memory)) return Outcome::lacksMemory(fewestExpandBytes());
  LineReader lines(request.hits, request.hitsBytes, window);
  for (bool hasLine = false;;) {
    if (progress.cancelled) return Outcome::wasCancelled();
    std::span<const uint8_t> line;
    const Outcome read = lines.next(line, hasLine);
    counts.position = lines.position();
    counts.lines = lines.number();
    if (!read.ok()) return read;
    if (!hasLine) break;
    progress.done = counts.position;
    if (const Outcome expanded = expander.line(line); !expanded.ok()) return expanded;
  }
  --counts.lines;
  progress.done = request.hitsBytes;
  return expander.finish();
}

}  // namespace mm
