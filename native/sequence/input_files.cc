#include "input_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mm {

const InputFiles::Part* InputFiles::find(uint64_t position, uint64_t& begin) const {
  const std::span<const Part> parts = this->parts();
  const auto found = std::upper_bound(parts.begin(), parts.end(), position,
                                      [](uint64_t at, const Part& part) { return at < part.end; });
  if (found == parts.end()) return nullptr;
  begin = found == parts.begin() ? 0 : found[-1].end;
  return &*found;
}

Outcome InputFiles::read(uint64_t position, std::span<uint8_t> bytes, size_t& count) const {
  count = 0;
  uint64_t begin = 0;
  const Part* const part = find(position, begin);
  if (part == nullptr) return {};
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(bytes.size(), part->end - position));
  for (;;) {
    const ssize_t got = pread(part->fd, bytes.data(), wanted, static_cast<off_t>(position - begin));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Outcome::failed(Status::last("pread"));
    if (got == 0 && part->end != kToItsEnd) return Outcome::failed({ESTALE, "pread"});
    count = static_cast<size_t>(got);
    return {};
  }
}

uint64_t InputFiles::byteLength() const {
  const Part& last = parts().back();
  if (last.end != kToItsEnd) return last.end;
  struct stat status;
  return fstat(last.fd, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

void InputFiles::adviseAll(int advice) const {
  for (const Part& part : parts()) posix_fadvise(part.fd, 0, 0, advice);
}

void InputFiles::fetch(uint64_t position, uint64_t bytes) const {
  uint64_t begin = 0;
  const Part* const part = find(position, begin);
  if (part == nullptr) return;
  posix_fadvise(part->fd, static_cast<off_t>(position - begin), static_cast<off_t>(bytes), POSIX_FADV_WILLNEED);
}

}  // namespace mm
