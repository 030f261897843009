#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tape.h"

namespace mm {

/// What is more than these is refused before it is kept.
struct XmlLimits {
  uint32_t depth = 100;
  uint32_t nameBytes = 1024;
  uint32_t attributes = 256;
  uint32_t attributeBytes = 100'000;
};

/// Why a message is refused. The names of the codes that users see are in src/ddex/problem-codes.ts.
enum class XmlError : uint8_t { none /* one for each rule, see scanner.cc */ };

/// Where something is in an input, counted from 1; columns are Unicode characters.
struct TextPosition {
  uint64_t offset = 0;
  uint64_t line = 1;
  uint64_t column = 1;
};

/// Checks that bytes are well-formed XML 1.0 (fifth edition) with namespaces, in UTF-8 and without a DOCTYPE, and writes their tokens on a tape.
/// It goes on at any byte, reads each byte once, and calls nothing of itself.
///
/// The caller owns the window. A name lies in one piece in it, so the start of an unfinished name is kept for the next call:
///
///   for (;;) {
///     tape.count = 0;
///     scanner.scan(window.first(filled), isEnd, tape);      // from where it stopped
///     use(tape);                                            // offsets are valid until the window moves
///     if (tape was full) continue;
///     if (scanner.failed() || isEnd) break;
///     const size_t kept = scanner.keepFrom();               // at most limits.nameBytes before `filled`
///     move [kept, filled) to the window's start, scanner.moved(kept), read more behind it
///   }
class XmlScanner {
 public:
  /// Room for open names and the attributes of one tag.
  static size_t memoryBytes(const XmlLimits& limits);
  bool start(Grant& memory, const XmlLimits& limits);

  /// A document from its first byte.
  void beginDocument();
  /// A part of a document that begins with the start tag of an element and ends behind its end tag, where the prefixes in scope are those of
  /// the last document's root. What is behind the end tag is not read.
  void beginElement(TextPosition at);

  /// Goes on until the window is read, the tape is full or the input is refused. Each token is whole; a piece of text ends with the window.
  void scan(std::span<const uint8_t> window, bool isEnd, Tape& tape);
  bool isPaused() const;
  size_t keepFrom() const;
  void moved(size_t bytes);

  bool failed() const;
  XmlError error() const;
  /// Of the error.
  TextPosition errorPosition() const;
  /// beginElement: the element has ended.
  bool elementEnded() const;
};

}  // namespace mm
