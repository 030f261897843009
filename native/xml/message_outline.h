#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "message_reader.h"

namespace mm {

/// The parts of a message that hold what is read.
enum class Section : uint8_t { other, header, parties, resources, releases, deals, purge };

/// The element under a name with or without a prefix.
std::span<const uint8_t> localName(std::span<const uint8_t> name);
bool isNamed(std::span<const uint8_t> name, std::string_view text);

/// What a message says of itself in its root's start tag.
struct MessageRoot {
  static constexpr size_t kMostNameBytes = 64;
  static constexpr size_t kMostSchemaBytes = 64;

  /// The local name, as far as it goes.
  std::span<const uint8_t> name() const { return {nameText, nameBytes}; }
  /// @MessageSchemaVersionId, as far as it goes.
  std::span<const uint8_t> schema() const { return {schemaText, schemaBytes}; }

  TextPosition position;
  uint8_t nameText[kMostNameBytes];
  size_t nameBytes = 0;
  uint8_t schemaText[kMostSchemaBytes];
  size_t schemaBytes = 0;
};

/// A composite that begins: its start tag is the next token.
struct CompositeStart {
  Section section = Section::other;
  TextPosition position;
};

/// Goes over the tokens outside of composites: the root, the sections below it, and the starts of the composites in those. The header, and each
/// release that is purged, is a composite itself.
class MessageOutline {
 public:
  void begin();
  /// The tokens are those of one section, from its start tag on.
  void beginSection();

  /// Why take() came back: at the tape's end, behind the root's start tag, at the start tag of a composite, which is not taken.
  enum class Stop : uint8_t { tapeEnd, root, composite };
  /// Takes tokens from the one at `from`; the number of the first that was not taken.
  size_t take(MessageReader& reader, size_t from);
  Stop stop() const { return stop_; }
  const MessageRoot& root() const { return root_; }
  const CompositeStart& composite() const { return composite_; }

  /// Elements outside of composites so far.
  uint64_t elements() const { return elements_; }
  /// Open elements outside of composites, now and at most.
  uint32_t depth() const { return depth_; }
  uint32_t maxDepth() const { return maxDepth_; }
  /// Where the section in hand began.
  const TextPosition& sectionPosition() const { return sectionPosition_; }

 private:
  bool isRootToken(const MessageReader& reader, size_t token);
  bool beginsComposite(MessageReader& reader, size_t token);

  Stop stop_ = Stop::tapeEnd;
  uint32_t depth_ = 0;
  uint32_t maxDepth_ = 0;
  Section section_ = Section::other;
  enum class RootState : uint8_t { before, name, schema, passed };
  RootState rootState_ = RootState::before;
  MessageRoot root_;
  CompositeStart composite_;
  TextPosition sectionPosition_;
  uint64_t elements_ = 0;
};

}  // namespace mm
