#include "known_messages.h"

#include <algorithm>

namespace mm {

namespace {

constexpr size_t kMostSchemaBytes = 256;

bool isDigit(uint8_t byte) {
  return byte >= '0' && byte <= '9';
}

/// "ern/382", "/ern/382/", "382".
std::span<const uint8_t> lastDigits(std::span<const uint8_t> text) {
  size_t end = text.size();
  while (end > 0 && !isDigit(text[end - 1])) --end;
  size_t begin = end;
  while (begin > 0 && isDigit(text[begin - 1])) --begin;
  return text.subspan(begin, end - begin);
}

bool startsWith(std::span<const uint8_t> text, std::span<const uint8_t> start) {
  return text.size() >= start.size() && std::ranges::equal(text.first(start.size()), start);
}

}  // namespace

const KnownVersion* KnownMessages::find(const RootTag& root, std::span<const uint8_t> rootNamespace, ParseMode mode,
                                        ParseFailure& failure) const {
  const auto knownRoot = std::ranges::find_if(roots, [&](const KnownRoot& each) { return std::ranges::equal(each.element, root.name()); });
  if (knownRoot == roots.end()) {
    failure.set("UNSUPPORTED_ROOT", root.position(), "<");
    failure.addName(root.name());
    failure.add("> is none of the messages that are read");
    return nullptr;
  }
  uint8_t schema[kMostSchemaBytes];
  const std::span<const uint8_t> schemaId = root.attribute("MessageSchemaVersionId", schema);
  std::span<const uint8_t> digits = lastDigits(schemaId);
  for (const std::span<const uint8_t> start : namespaces) {
    if (startsWith(rootNamespace, start)) digits = rootNamespace.subspan(start.size());
  }
  const auto version = std::ranges::find_if(versions, [&](const KnownVersion& each) { return std::ranges::equal(each.digits, digits); });
  if (version == versions.end()) {
    failure.set("UNSUPPORTED_VERSION", root.position(), "the message is of a version of ERN that is not read, or of none: ");
    failure.addName(rootNamespace.empty() ? schemaId : rootNamespace);
    return nullptr;
  }
  if (knownRoot->isRecordsOnly && mode == ParseMode::joined) {
    failure.set("RECORDS_ONLY", root.position(), "<");
    failure.addName(root.name());
    failure.add("> has no releases to join: --mode records reads it");
    return nullptr;
  }
  return &*version;
}

}  // namespace mm
