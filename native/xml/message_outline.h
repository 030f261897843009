#pragma once

#include <cstdint>
#include <span>

#include "message_reader.h"
#include "message_table.h"
#include "root_tag.h"

namespace mm {

/// Goes over the tokens of a message: its root's start tag, and the starts of its composites: the children of its lists, and the children of the root that
/// are no lists, which tell of the message itself unless they are composites of the table.
class MessageOutline {
 public:
  static size_t memoryBytes(const XmlLimits& limits) { return RootTag::memoryBytes(limits); }
  bool start(Grant& memory, const XmlLimits& limits) { return root_.start(memory, limits); }

  void beginDocument();
  /// Once the root is known.
  void read(const MessageTable& table) { table_ = &table; }
  /// The tokens are those of one list, from its start tag on.
  void beginList(const MessageTable& table);

  /// Why take() came back: at the tape's end; behind the root's start tag; where that is too long; at the start tag of a composite, whose tokens are taken by
  /// whoever asked, up to its end tag; at the root's end tag.
  enum class Stop : uint8_t { tapeEnd, root, rootTooLong, composite, end };
  /// Takes tokens from the one at `from`; the number of the first that was not taken.
  size_t take(MessageReader& reader, size_t from);
  Stop stop() const { return stop_; }

  const RootTag& root() const { return root_; }
  /// Of the composite that begins: null when nothing of it is read, or when it is the message's.
  const MessageComposite* composite() const { return composite_; }
  bool isOfMessage() const { return composite_ == nullptr && depth_ == 1; }
  TextPosition position() const { return position_; }
  /// Of the list it is in.
  TextPosition list() const { return listPosition_; }

  /// Elements that are in no composite, so far.
  uint64_t elements() const { return elements_; }
  /// Open elements around a composite.
  uint32_t depth() const { return depth_; }

 private:
  void startTag(MessageReader& reader, size_t token);

  const MessageTable* table_ = nullptr;
  Stop stop_ = Stop::tapeEnd;
  RootTag root_;
  bool isInRootTag_ = false;
  uint32_t depth_ = 0;
  uint64_t elements_ = 0;
  /// Lists of the table share a name of it, which outlives the window.
  std::span<const uint8_t> listName_;
  TextPosition listPosition_;
  const MessageComposite* composite_ = nullptr;
  TextPosition position_;
};

}  // namespace mm
