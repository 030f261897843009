#pragma once

#include <cstdint>
#include <span>

#include "message_table.h"
#include "parse_failure.h"
#include "root_tag.h"

namespace mm {

enum class ParseMode : uint8_t { joined, records };

/// A version of ERN, as src/ddex/versions.ts has it.
struct KnownVersion {
  std::span<const uint8_t> name;
  std::span<const uint8_t> digits;
  /// Its family's.
  const MessageTable* table;
};

struct KnownRoot {
  std::span<const uint8_t> element;
  bool isRecordsOnly;
};

/// Which messages are read, and by which tables.
struct KnownMessages {
  std::span<const KnownVersion> versions;
  std::span<const KnownRoot> roots;
  std::span<const std::span<const uint8_t>> namespaces;

  /// The version of a message, null with a failure for those that are not read.
  const KnownVersion* find(const RootTag& root, std::span<const uint8_t> rootNamespace, ParseMode mode, ParseFailure& failure) const;
};

}  // namespace mm
