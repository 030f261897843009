#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "scanner.h"

namespace mm {

/// Reads a message, or one element of it, in chunks, and gives its tokens tape by tape.
class MessageReader {
 public:
  static size_t memoryBytes(size_t chunkBytes, const XmlLimits& limits);
  /// `cancelled` ends reading that waits for a pipe.
  bool start(Grant& memory, size_t chunkBytes, const XmlLimits& limits, const std::atomic<bool>& cancelled);

  /// From its first byte, with `byteLength` bytes to come. io with ESTALE when it turns out shorter.
  void openFile(int fd, uint64_t byteLength);
  /// From where the descriptor is, to its end.
  void openStream(int fd);
  /// The descriptor is where it was then, so that the message can be read once more, unless it is a pipe.
  void rewindStream();
  /// The element whose start tag is at a place of a file.
  void openElement(int fd, TextPosition at);
  /// The same in a message that lies in memory.
  void openElement(std::span<const uint8_t> message, TextPosition at);

  bool isCancelled() const { return cancelled_->load(std::memory_order_relaxed); }

  /// The next tape. No tokens: the end. malformed when the scanner says so, once all tokens in front were given.
  Outcome next();
  const Tape& tape() const { return tape_; }
  std::span<const uint8_t> window() const { return window_.first(filled_); }
  /// Of a byte of the window; to be asked in ascending order.
  TextPosition positionAt(size_t inWindow) { return scanner_.positionAt(inWindow); }
  uint64_t offsetOf(size_t inWindow) const { return windowOffset_ + inWindow; }
  uint64_t bytesRead() const { return windowOffset_ + filled_; }
  const XmlScanner& scanner() const { return scanner_; }

  /// The whole message, where the file is no longer than a chunk; else empty. Until something is opened.
  std::span<const uint8_t> wholeMessage() const;

 private:
  void open(int fd, uint64_t offset);
  Outcome readMore();
  Outcome readChunk(std::span<uint8_t> into, size_t& count);

  XmlScanner scanner_;
  Tape tape_;
  const std::atomic<bool>* cancelled_ = nullptr;
  size_t chunkBytes_ = 0;
  size_t keptBytes_ = 0;
  std::span<uint8_t> ownWindow_;

  enum class Source : uint8_t { file, stream, element, memory };
  Source source_ = Source::memory;
  int fd_ = -1;
  /// Where the descriptor of a stream was; negative for a pipe.
  int64_t streamStart_ = -1;
  uint64_t byteLength_ = 0;
  /// How much is read next of an element, whose length is not known.
  size_t elementChunkBytes_ = 0;
  /// Of ownWindow_, or of a message that lies in memory.
  std::span<uint8_t> window_;
  size_t filled_ = 0;
  uint64_t windowOffset_ = 0;
  bool isEnd_ = false;
  /// The window was scanned to its end.
  bool isScanned_ = false;
};

}  // namespace mm
