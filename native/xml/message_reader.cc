#include "message_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mm {

namespace {

/// Most composites are shorter.
constexpr size_t kFirstElementBytes = 4096;
/// How often a pipe that gives nothing is left to see whether all is cancelled.
constexpr int kPollMs = 100;

/// Indented messages have a token for 14 bytes.
size_t tapeTokens(size_t chunkBytes) {
  return chunkBytes / 8 + 64;
}

}  // namespace

size_t MessageReader::memoryBytes(size_t chunkBytes, const XmlLimits& limits) {
  constexpr size_t kPadding = 64;
  return XmlScanner::memoryBytes(limits) + tapeTokens(chunkBytes) * Tape::kBytesPerToken + chunkBytes + XmlScanner::keptBytes(limits) + kPadding;
}

bool MessageReader::start(Grant& memory, size_t chunkBytes, const XmlLimits& limits, const std::atomic<bool>& cancelled) {
  cancelled_ = &cancelled;
  chunkBytes_ = chunkBytes;
  keptBytes_ = XmlScanner::keptBytes(limits);
  if (!scanner_.start(memory, limits) || !tape_.start(memory, tapeTokens(chunkBytes))) return false;
  ownWindow_ = memory.take<uint8_t>(chunkBytes + keptBytes_);
  return !ownWindow_.empty();
}

void MessageReader::open(int fd, uint64_t offset) {
  fd_ = fd;
  window_ = ownWindow_;
  filled_ = 0;
  windowOffset_ = offset;
  isEnd_ = false;
  isScanned_ = true;
}

void MessageReader::openFile(int fd, uint64_t byteLength) {
  open(fd, 0);
  source_ = Source::file;
  byteLength_ = byteLength;
  isEnd_ = byteLength == 0;
  isScanned_ = !isEnd_;
  scanner_.beginDocument();
}

void MessageReader::openStream(int fd) {
  open(fd, 0);
  source_ = Source::stream;
  streamStart_ = ::lseek(fd, 0, SEEK_CUR);
  scanner_.beginDocument();
}

void MessageReader::rewindStream() {
  if (streamStart_ >= 0) ::lseek(fd_, streamStart_, SEEK_SET);
}

void MessageReader::openElement(int fd, TextPosition at) {
  open(fd, at.offset);
  source_ = Source::element;
  elementChunkBytes_ = std::min(kFirstElementBytes, chunkBytes_);
  scanner_.beginElement(at);
}

void MessageReader::openElement(std::span<const uint8_t> message, TextPosition at) {
  open(-1, at.offset);
  source_ = Source::memory;
  const std::span<const uint8_t> rest = message.subspan(static_cast<size_t>(at.offset));
  // It is never written to: nothing is read behind it.
  window_ = {const_cast<uint8_t*>(rest.data()), rest.size()};
  filled_ = rest.size();
  isEnd_ = true;
  isScanned_ = false;
  scanner_.beginElement(at);
}

Outcome MessageReader::next() {
  tape_.count = 0;
  for (;;) {
    if (isCancelled()) return Outcome::wasCancelled();
    if (scanner_.failed()) return Outcome::malformedAt(scanner_.errorPosition().offset, xmlErrorText(scanner_.error()));
    if (isScanned_) {
      if (isEnd_ || scanner_.elementEnded()) return {};
      if (const Outcome read = readMore(); !read.ok()) return read;
    }
    scanner_.scan(window(), isEnd_, tape_);
    isScanned_ = !scanner_.isPaused();
    if (tape_.count > 0) return {};
  }
}

Outcome MessageReader::readMore() {
  const size_t kept = scanner_.keepFrom();
  scanner_.drop(kept);
  filled_ -= kept;
  windowOffset_ += kept;
  std::memmove(window_.data(), window_.data() + kept, filled_);
  size_t count = 0;
  const size_t wanted = source_ == Source::element ? elementChunkBytes_ : chunkBytes_;
  elementChunkBytes_ = std::min(2 * elementChunkBytes_, chunkBytes_);
  if (const Outcome read = readChunk(window_.subspan(filled_, std::min(wanted, window_.size() - filled_)), count); !read.ok()) return read;
  filled_ += count;
  if (source_ == Source::file) {
    if (count == 0) return Outcome::failed({ESTALE, "pread"});
    isEnd_ = bytesRead() >= byteLength_;
  } else {
    isEnd_ = count == 0;
  }
  return {};
}

Outcome MessageReader::readChunk(std::span<uint8_t> into, size_t& count) {
  for (;;) {
    ssize_t result = 0;
    if (source_ == Source::stream) {
      struct pollfd ready = {fd_, POLLIN, 0};
      const int polled = ::poll(&ready, 1, kPollMs);
      if (polled == 0 || (polled < 0 && errno == EINTR)) {
        if (isCancelled()) return Outcome::wasCancelled();
        continue;
      }
      result = ::read(fd_, into.data(), into.size());
    } else {
      result = ::pread(fd_, into.data(), into.size(), static_cast<off_t>(bytesRead()));
    }
    if (result < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (result < 0) return Outcome::failed(Status::last(source_ == Source::stream ? "read" : "pread"));
    count = static_cast<size_t>(result);
    return {};
  }
}

std::span<const uint8_t> MessageReader::wholeMessage() const {
  const bool isWhole = source_ == Source::file && windowOffset_ == 0 && isEnd_;
  return isWhole ? std::span<const uint8_t>(ownWindow_).first(filled_) : std::span<const uint8_t>();
}

}  // namespace mm
