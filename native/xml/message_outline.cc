#include "message_outline.h"

#include <algorithm>
#include <cstring>

#include "value_text.h"

namespace mm {

namespace {

std::span<const uint8_t> nameOf(const MessageReader& reader, size_t token) {
  return reader.window().subspan(reader.tape().offsets[token], reader.tape().lengths[token]);
}

Section sectionNamed(std::span<const uint8_t> name) {
  if (isNamed(name, "MessageHeader")) return Section::header;
  if (isNamed(name, "PartyList")) return Section::parties;
  if (isNamed(name, "ResourceList")) return Section::resources;
  if (isNamed(name, "ReleaseList")) return Section::releases;
  if (isNamed(name, "DealList")) return Section::deals;
  if (isNamed(name, "PurgedRelease")) return Section::purge;
  return Section::other;
}

bool isComposite(Section section) {
  return section == Section::header || section == Section::purge;
}

}  // namespace

std::span<const uint8_t> localName(std::span<const uint8_t> name) {
  const auto* colon = static_cast<const uint8_t*>(std::memchr(name.data(), ':', name.size()));
  return colon == nullptr ? name : name.subspan(static_cast<size_t>(colon + 1 - name.data()));
}

bool isNamed(std::span<const uint8_t> name, std::string_view text) {
  // Without a prefix, or with one.
  if (name.size() < text.size() || (name.size() > text.size() && name[name.size() - text.size() - 1] != ':')) return false;
  return std::memcmp(name.data() + name.size() - text.size(), text.data(), text.size()) == 0;
}

void MessageOutline::begin() {
  depth_ = 0;
  section_ = Section::other;
  rootState_ = RootState::before;
  root_.nameBytes = root_.schemaBytes = 0;
  elements_ = 0;
  maxDepth_ = 0;
}

void MessageOutline::beginSection() {
  begin();
  depth_ = 1;
  rootState_ = RootState::passed;
}

size_t MessageOutline::take(MessageReader& reader, size_t from) {
  const Tape& tape = reader.tape();
  for (size_t token = from; token < tape.count; ++token) {
    if (rootState_ != RootState::passed && rootState_ != RootState::before && !isRootToken(reader, token)) {
      rootState_ = RootState::passed;
      stop_ = Stop::root;
      return token;
    }
    switch (static_cast<TokenKind>(tape.kinds[token])) {
      case TokenKind::startTag:
        if (beginsComposite(reader, token)) {
          stop_ = Stop::composite;
          return token;
        }
        maxDepth_ = std::max(maxDepth_, ++depth_);
        ++elements_;
        break;
      case TokenKind::endTag:
        --depth_;
        break;
      default:
        break;
    }
  }
  stop_ = Stop::tapeEnd;
  return tape.count;
}

bool MessageOutline::beginsComposite(MessageReader& reader, size_t token) {
  const std::span<const uint8_t> name = nameOf(reader, token);
  if (depth_ == 0) {
    rootState_ = RootState::name;
    root_.position = reader.positionAt(reader.tape().offsets[token] - 1);
    const std::span<const uint8_t> local = localName(name);
    root_.nameBytes = std::min(local.size(), MessageRoot::kMostNameBytes);
    std::memcpy(root_.nameText, local.data(), root_.nameBytes);
  }
  if (depth_ == 1) {
    section_ = sectionNamed(name);
    sectionPosition_ = reader.positionAt(reader.tape().offsets[token] - 1);
    composite_ = {section_, sectionPosition_};
    return isComposite(section_);
  }
  if (depth_ != 2 || section_ == Section::other) return false;
  composite_ = {section_, reader.positionAt(reader.tape().offsets[token] - 1)};
  return true;
}

bool MessageOutline::isRootToken(const MessageReader& reader, size_t token) {
  const auto kind = static_cast<TokenKind>(reader.tape().kinds[token]);
  const auto append = [this](std::span<const uint8_t> text) {
    const size_t count = std::min(text.size(), MessageRoot::kMostSchemaBytes - root_.schemaBytes);
    std::memcpy(root_.schemaText + root_.schemaBytes, text.data(), count);
    root_.schemaBytes += count;
  };
  switch (kind) {
    case TokenKind::attribute: {
      const bool isSchema = isNamed(nameOf(reader, token), "MessageSchemaVersionId") && root_.schemaBytes == 0;
      rootState_ = isSchema ? RootState::schema : RootState::name;
      return true;
    }
    case TokenKind::valueText:
      if (rootState_ == RootState::schema) append(nameOf(reader, token));
      return true;
    case TokenKind::valueCharacter: {
      uint8_t character[4];
      const size_t bytes = encodeUtf8(reader.tape().offsets[token], character);
      if (rootState_ == RootState::schema) append({character, bytes});
      return true;
    }
    default:
      return false;
  }
}

}  // namespace mm
