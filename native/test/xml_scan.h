#pragma once

// What a scanner makes of a text in windows of any size, with its pieces joined.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../xml/scanner.h"
#include "../xml/value_text.h"

namespace mm_test {

struct XmlScanResult {
  /// <name a="value">text</>, a token behind the other, with line ends normalised. What has to be told apart is
  /// escaped.
  std::string tokens;
  /// The code, or "" when there is no error.
  std::string error;
  std::string errorName;
  std::string openName;
  mm::TextPosition position;
  mm::TextPosition open;
  std::string rootNamespace;
  /// Behind the last end tag.
  uint64_t endOffset = 0;
  /// That the caller's contract was broken: windows, pieces, offsets.
  bool isBroken = false;
};

/// Whether two scans of one text tell the same. Of what is refused, how much of the last text was on the tape is not
/// told.
inline bool isSame(const XmlScanResult& one, const XmlScanResult& other) {
  const auto isSamePlace = [](const mm::TextPosition& a, const mm::TextPosition& b) {
    return a.offset == b.offset && a.line == b.line && a.column == b.column;
  };
  return !one.isBroken && !other.isBroken && one.error == other.error && one.errorName == other.errorName &&
         one.openName == other.openName && isSamePlace(one.position, other.position) &&
         isSamePlace(one.open, other.open) && one.rootNamespace == other.rootNamespace &&
         one.endOffset == other.endOffset && (one.tokens == other.tokens || !one.error.empty());
}

inline std::string textOf(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// How much is read for each window: the sizes in turn, the last one again and again.
using WindowSizes = std::vector<size_t>;

class XmlScan {
 public:
  explicit XmlScan(const mm::XmlLimits& limits = {}, size_t tapeTokens = 64)
      : limits_(limits), memory_(mm::XmlScanner::memoryBytes(limits) + tapeTokens * mm::Tape::kBytesPerToken + 64) {
    mm::Grant grant({memory_.data(), memory_.size()});
    isStarted_ = scanner_.start(grant, limits) && tape_.start(grant, tapeTokens);
  }

  XmlScanResult document(std::string_view text, const WindowSizes& sizes = {SIZE_MAX}) {
    scanner_.beginDocument();
    return scan(text, sizes, 0);
  }
  /// Of what begins there. A document that holds it was scanned before.
  XmlScanResult element(std::string_view text, mm::TextPosition at, const WindowSizes& sizes = {SIZE_MAX}) {
    scanner_.beginElement(at);
    return scan(text, sizes, at.offset);
  }
  mm::XmlScanner& scanner() { return scanner_; }

 private:
  XmlScanResult scan(std::string_view text, const WindowSizes& sizes, uint64_t windowOffset) {
    XmlScanResult result;
    result.isBroken = !isStarted_;
    isInTag_ = false;
    size_t kept = 0;
    for (size_t read = 0, turn = 0;; ++turn) {
      const size_t count = std::min(sizes[std::min(turn, sizes.size() - 1)], text.size() - read);
      // A window of its own: a read past its end, or of what was dropped, is an error under AddressSanitizer.
      std::unique_ptr<uint8_t[]> window(new uint8_t[kept + count]);
      std::memcpy(window.get(), text.data() + (read - kept), kept + count);
      read += count;
      const bool isEnd = read == text.size();
      const std::span<const uint8_t> bytes(window.get(), kept + count);
      do {
        tape_.count = 0;
        scanner_.scan(bytes, isEnd, tape_);
        take(bytes, windowOffset, result);
      } while (scanner_.isPaused());
      if (scanner_.failed() || isEnd || scanner_.elementEnded()) break;
      const size_t from = scanner_.keepFrom();
      result.isBroken |= from > bytes.size() || bytes.size() - from > mm::XmlScanner::keptBytes(limits_);
      kept = bytes.size() - from;
      windowOffset += from;
      scanner_.drop(from);
      result.isBroken |= scanner_.positionAt(0).offset != windowOffset;
    }
    if (!scanner_.failed() && !scanner_.elementEnded()) result.isBroken = true;
    if (scanner_.failed()) {
      result.error = mm::xmlErrorCode(scanner_.error());
      result.position = scanner_.errorPosition();
      result.open = scanner_.openPosition();
    }
    return result;
  }

  void take(std::span<const uint8_t> window, uint64_t windowOffset, XmlScanResult& result) {
    std::vector<uint8_t> copy(window.size() + 4);
    const auto append = [&](size_t length) { result.tokens += escaped(textOf({copy.data(), length})); };
    for (size_t at = 0; at < tape_.count; ++at) {
      const auto kind = static_cast<mm::TokenKind>(tape_.kinds[at]);
      const bool isOfTag =
          kind == mm::TokenKind::valueText || kind == mm::TokenKind::valueCharacter || kind == mm::TokenKind::attribute;
      if (isInTag_ && !isOfTag) {
        result.tokens += '>';
        isInTag_ = false;
      }
      const bool isCharacter = kind == mm::TokenKind::character || kind == mm::TokenKind::valueCharacter;
      if (isCharacter) {
        const size_t length = mm::encodeUtf8(tape_.offsets[at], copy.data());
        result.isBroken |= length != tape_.lengths[at];
        // That it was a reference is kept: a CR that was written so stays one.
        result.tokens += '&';
        append(length);
        continue;
      }
      const std::span<const uint8_t> bytes = window.subspan(tape_.offsets[at], tape_.lengths[at]);
      if (kind == mm::TokenKind::startTag) {
        result.tokens += '<' + textOf(bytes);
        isInTag_ = true;
      } else if (kind == mm::TokenKind::attribute) {
        result.tokens += ' ' + textOf(bytes) + '=';
      } else if (kind == mm::TokenKind::valueText) {
        append(mm::copyValue(bytes, copy.data()));
      } else if (kind == mm::TokenKind::text) {
        append(mm::copyText(bytes, copy.data()));
      } else {
        result.tokens += "</>";
        result.endOffset = windowOffset + tape_.offsets[at];
      }
    }
    // These are valid until the window goes.
    result.rootNamespace = textOf(scanner_.rootNamespace());
    result.errorName = textOf(scanner_.errorName());
    result.openName = textOf(scanner_.openName());
  }

  static std::string escaped(std::string_view text) {
    std::string to;
    for (const char character : text) {
      if (std::strchr("<>&\\ ", character) != nullptr && character != '\0') to += '\\';
      to += character;
    }
    return to;
  }

  mm::XmlLimits limits_;
  std::vector<uint8_t> memory_;
  mm::XmlScanner scanner_;
  mm::Tape tape_;
  bool isStarted_ = false;
  bool isInTag_ = false;
};

}  // namespace mm_test
