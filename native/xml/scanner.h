#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tape.h"
#include "text_position.h"
#include "xml_error.h"

namespace mm {

/// What is more than these is refused before it is kept.
struct XmlLimits {
  /// Open elements.
  uint32_t depth = 100;
  uint32_t nameBytes = 1024;
  /// Of one tag.
  uint32_t attributes = 256;
  /// Names and values of one tag, as they stand.
  uint32_t attributeBytes = 100'000;
  /// In scope.
  uint32_t namespaces = 128;
  /// Prefixes and names of the namespaces in scope.
  uint32_t namespaceBytes = 32'768;
};

/// Checks that bytes are well-formed XML 1.0 (fifth edition) with namespaces, in UTF-8 and without a DOCTYPE, and writes their tokens on a tape.
/// It goes on at any byte, reads each byte once (some ten bytes at a window's end twice), and calls nothing of itself.
///
/// The caller owns the window. A name lies in one piece in it, so the start of an unfinished name is kept for the next call:
///
///   scanner.beginDocument();
///   for (;;) {
///     tape.count = 0;
///     scanner.scan(window.first(filled), isEnd, tape);      // from where it stopped
///     use(tape);                                            // offsets are valid until the window moves
///     if (scanner.isPaused()) continue;
///     if (scanner.failed() || isEnd) break;
///     const size_t kept = scanner.keepFrom();               // at most keptBytes(limits) before `filled`
///     scanner.drop(kept);                                   // before the bytes move
///     move [kept, filled) to the window's start, read more behind it
///   }
class XmlScanner {
 public:
  /// A tape has room for so many at least.
  static constexpr size_t kTokensPerStep = 4;

  /// Room for the names of open elements, the attributes of one tag and the namespaces in scope.
  static size_t memoryBytes(const XmlLimits& limits);
  /// A window has more room than this.
  static size_t keptBytes(const XmlLimits& limits) { return limits.nameBytes + 16; }
  /// False when the memory does not hold that.
  bool start(Grant& memory, const XmlLimits& limits);

  /// A document from its first byte.
  void beginDocument();
  /// A part of a document that was scanned before: it begins with the '<' of an element, which is at `at`, and ends behind its end tag. What is
  /// behind that is not read. Prefixes may be declared further out, so all of them are taken as declared.
  void beginElement(TextPosition at);

  /// Goes on until the window is read, the tape has no room, the element has ended or the input is refused. `isEnd`: nothing follows the window.
  void scan(std::span<const uint8_t> window, bool isEnd, Tape& tape);
  /// The tape had no room: the same window once more.
  bool isPaused() const;
  /// beginElement: the element has ended. Its last token is the end tag, whose offset is where the part ends.
  bool elementEnded() const;

  /// What the next window begins with, as an offset in this one.
  size_t keepFrom() const;
  /// So many bytes go from the window's start. They are still there.
  void drop(size_t bytes);

  /// Of a byte of the window. Cheap when asked in ascending order.
  TextPosition positionAt(size_t windowOffset);

  /// After a document's first start tag and its attributes: the namespace that the root's name is in, empty for none.
  std::span<const uint8_t> rootNamespace() const;

  bool failed() const;
  XmlError error() const;
  /// The first byte that is wrong. Of a tag that does not match, its '<'.
  TextPosition errorPosition() const;
  /// What the error is about, where it has a name: an element, an attribute, an entity, a prefix. Valid until the window moves.
  std::span<const uint8_t> errorName() const;
  /// tagMismatch, unclosed: what is open, its '<' and, of an element, its name.
  TextPosition openPosition() const;
  std::span<const uint8_t> openName() const;
};

}  // namespace mm
