#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "open_elements.h"
#include "tag_attributes.h"
#include "tape.h"
#include "text_position.h"
#include "window_positions.h"
#include "xml_declaration.h"
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

/// Checks that bytes are well-formed XML 1.0 (fifth edition) with namespaces, in UTF-8 and without a DOCTYPE, and
/// writes their tokens on a tape. It goes on at any byte, reads each byte once (a few at a window's end twice), and
/// calls nothing of itself.
///
/// The caller owns the window. A name lies in one piece in it, so the start of an unfinished name is kept for the next
/// call:
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
  static size_t keptBytes(const XmlLimits& limits) { return size_t{limits.nameBytes} + 64; }
  /// False when the memory does not hold that.
  bool start(Grant& memory, const XmlLimits& limits);

  /// A document from its first byte.
  void beginDocument();
  /// A part of a document that was scanned before: it begins with the '<' of an element, which is at `at`, and ends
  /// behind its end tag. What is behind that is not read. Namespaces may be declared further out: they are not looked
  /// at again.
  void beginElement(TextPosition at);

  /// Goes on until the window is read, the tape has no room, the element has ended or the input is refused. `isEnd`:
  /// nothing follows the window.
  void scan(std::span<const uint8_t> window, bool isEnd, Tape& tape);
  /// The tape had no room: the same window once more.
  bool isPaused() const { return isPaused_; }
  /// beginElement: the element has ended. Its last token is the end tag, whose offset is where the part ends.
  bool elementEnded() const { return state_ == State::ended; }

  /// What the next window begins with, as an offset in this one.
  size_t keepFrom() const { return isInName() ? nameStart_ : cursor_; }
  /// So many bytes, keepFrom() at most, go from the window's start. They are still there.
  void drop(size_t bytes);

  /// Of a byte of the window. Cheap when asked in ascending order.
  TextPosition positionAt(size_t windowOffset) { return positions_.at(window_, positions_.offsetOf(windowOffset)); }

  /// Once a document's first element has a token behind its attributes: the namespace that its name is in, empty for
  /// none.
  std::span<const uint8_t> rootNamespace() const { return namespaces_.nameOf(rootSpace_); }

  bool failed() const { return state_ == State::failed; }
  XmlError error() const { return error_; }
  /// The first byte that is wrong. Of a tag that does not match, its '<'.
  const TextPosition& errorPosition() const { return errorPosition_; }
  /// What the error is about, where it has a name: an element, an attribute, an entity. Valid until the window moves.
  std::span<const uint8_t> errorName() const { return errorName_; }
  /// tagMismatch, unclosed: what is open, its '<' and, of an element, its name.
  const TextPosition& openPosition() const { return openPosition_; }
  std::span<const uint8_t> openName() const { return openName_; }

 private:
  enum class State : uint8_t {
    documentStart,
    /// Outside of the root element.
    outside,
    content,
    /// At a '<'.
    markup,
    startName,
    tag,
    attributeName,
    equals,
    quote,
    value,
    /// At the '/' of an empty element.
    emptyEnd,
    endName,
    endTail,
    comment,
    target,
    instruction,
    declaration,
    cdata,
    /// At a '&'.
    reference,
    codePoint,
    ended,
    failed,
  };
  enum class Stop : uint8_t { byte, windowEnd, refused };

  // Each step returns whether to go on; false: it waits for bytes or room, or is done.
  bool step();
  bool beginDocumentText();
  bool scanOutside();
  bool scanContent();
  bool scanMarkup();
  bool scanStartName();
  bool scanTag();
  bool scanAttributeName();
  bool scanEquals();
  bool scanQuote();
  template <uint8_t quote>
  bool scanValue();
  bool scanEmptyEnd();
  bool scanEndName();
  bool scanEndTail();
  bool scanComment();
  bool scanTarget();
  bool scanInstruction();
  bool scanDeclaration();
  bool scanCdata();
  bool scanReference();
  bool scanCodePoint();

  /// What the bytes at the cursor are, of which there may be fewer.
  enum class Match : uint8_t { no, yes, cutOff };
  Match match(std::string_view text) const;
  /// To the first of three bytes, over characters that are allowed. Never between CR and LF.
  template <uint8_t a, uint8_t b, uint8_t c>
  Stop run(const uint8_t*& at);
  /// The name from nameStart_ to behind the cursor. False: it is refused, or goes on behind the window.
  bool readName();
  bool skipSpace();
  bool beginName(State state, size_t start);
  void closeElement(size_t tagEnd);
  bool endStartTag();
  bool checkNamespaces();
  bool addCharacter(uint32_t codePoint);

  bool isInName() const {
    return state_ == State::startName || state_ == State::attributeName || state_ == State::endName ||
           state_ == State::target;
  }
  bool hasRoom() const { return tape_->capacity() - tape_->count >= kTokensPerStep; }
  const uint8_t* begin() const { return window_.data(); }
  const uint8_t* end() const { return window_.data() + window_.size(); }
  size_t offsetOf(const uint8_t* at) const { return static_cast<size_t>(at - begin()); }
  std::span<const uint8_t> nameText() const { return window_.subspan(nameStart_, cursor_ - nameStart_); }
  bool goTo(State state, size_t cursor) {
    state_ = state;
    cursor_ = cursor;
    return true;
  }
  /// Behind markup or text.
  bool goOnBehind(size_t cursor) {
    isInConstruct_ = false;
    return goTo(open_.depth() > 0 ? State::content : isPart_ && hasRoot_ ? State::ended : State::outside, cursor);
  }

  /// False, as a step returns it: of the window's end.
  bool wait();
  bool refuse(XmlError error, const TextPosition& position, std::span<const uint8_t> name = {});
  bool refuseAt(XmlError error, size_t windowOffset, std::span<const uint8_t> name = {});

  XmlLimits limits_;
  OpenElements open_;
  TagAttributes attributes_;
  Namespaces namespaces_;
  WindowPositions positions_;
  XmlDeclaration declaration_;

  std::span<const uint8_t> window_;
  Tape* tape_ = nullptr;
  bool isEnd_ = false;
  bool isPaused_ = false;

  State state_ = State::ended;
  bool isPart_ = false;
  bool hasRoot_ = false;
  Namespaces::Id rootSpace_ = Namespaces::kNone;
  /// Behind its mark, where it has one.
  uint64_t documentStart_ = 0;
  /// Of the next byte in the window.
  size_t cursor_ = 0;
  size_t nameStart_ = 0;
  /// Of the name, counted from its start; 0 for none.
  size_t colon_ = 0;
  /// That of the innermost start tag.
  size_t tagColon_ = 0;
  /// In a tag: there is white space before the cursor.
  bool isSpaced_ = false;
  uint8_t quote_ = 0;
  /// The attribute declares a namespace.
  bool isDeclaring_ = false;
  uint32_t codePoint_ = 0;
  bool isHex_ = false;
  bool hasDigits_ = false;
  /// Of the tag, comment, section or instruction that is being read, and of the reference.
  TextPosition construct_;
  TextPosition reference_;
  bool isInConstruct_ = false;

  XmlError error_ = XmlError::none;
  TextPosition errorPosition_;
  TextPosition openPosition_;
  std::span<const uint8_t> errorName_;
  std::span<const uint8_t> openName_;
};

}  // namespace mm
