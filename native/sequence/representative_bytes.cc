#include "representative_bytes.h"

#include "assignment.h"
#include "scan_input.h"

namespace mm {

namespace {

class RepresentativeBytes {
 public:
  explicit RepresentativeBytes(ExternalSorter& assignments) : assignments_(assignments) {}

  Outcome start() { return assignments_.next(next_, hasNext_); }

  /// The pieces of the input, in order.
  Outcome add(const LinePiece& piece) {
    if (piece.kind == LineKind::header && piece.startsLine) {
      const bool isMember = hasNext_ && next_.key.high == record_;
      isRepresentative_ = !isMember;
      ++record_;
      if (isMember) {
        if (const Outcome read = assignments_.next(next_, hasNext_); !read.ok()) return read;
      }
    }
    if (isRepresentative_) bytes_ += piece.bytes.size() + piece.lineEndBytes;
    return {};
  }

  uint64_t bytes() const { return bytes_; }

 private:
  ExternalSorter& assignments_;
  SortedRecord next_;
  bool hasNext_ = false;
  RecordNumber record_ = 0;
  /// What comes before the first record is none.
  bool isRepresentative_ = false;
  uint64_t bytes_ = 0;
};

Outcome measure(const InputWindowsRequest& request, Grant memory, Progress& progress, RepresentativeBytes& measured) {
  progress.total = request.input.byteLength();
  InputWindows windows(request);
  if (const Outcome started = windows.start(memory); !started.ok()) return started;
  std::array<uint8_t, 32> sha256;
  return scanInput(windows, progress, sha256, [&](const LinePiece& piece) { return measured.add(piece); });
}

}  // namespace

Outcome representativeBytes(const InputWindowsRequest& request, ExternalSorter& assignments, Grant memory, Progress& progress,
                            uint64_t& bytes) {
  assignments.keepRuns(true);
  RepresentativeBytes measured(assignments);
  if (const Outcome started = measured.start(); !started.ok()) return started;
  if (const Outcome read = measure(request, memory, progress, measured); !read.ok()) return read;
  bytes = measured.bytes();
  const Outcome again = assignments.rewind();
  assignments.keepRuns(false);
  return again;
}

}  // namespace mm
