#pragma once

// Scans and maps one composite that is given whole, in windows of any size.

#include <algorithm>

#include "../xml/mapper.h"
#include "../xml/scanner.h"
#include "check.h"
#include "xml_table.h"

namespace mm_test {

struct Mapping {
  mm::MapState state = mm::MapState::open;
  uint64_t elements = 0;
  uint64_t internedBytes = 0;
  Words words;
  std::vector<uint8_t> bytes;
  mm::TextPosition position;

  bool isComplete() const { return state == mm::MapState::complete; }
  mm::Captures captures() const { return {words, bytes, position}; }
};

struct MappingRequest {
  mm::MapLimits limits = {};
  /// What the scanner sees at once, beside what it keeps.
  size_t windowBytes = 4000;
  size_t tokens = 100;
  size_t words = 1000;
  size_t bytes = 4000;
  bool interns = false;
};

/// The composite is one of the table's first root.
inline Mapping mapOf(const mm::FieldTable& table, std::string_view xml, const MappingRequest& request = {}) {
  const mm::XmlLimits limits{.depth = 2000};
  Mapping mapping;
  mapping.words.resize(request.words, 0xABABABAB);
  mapping.bytes.resize(request.bytes, 0xAB);
  std::vector<uint8_t> memory(mm::XmlScanner::memoryBytes(limits) + mm::Mapper::memoryBytes(request.limits) +
                              request.tokens * mm::Tape::kBytesPerToken + 256);
  mm::Grant grant{memory};
  mm::XmlScanner scanner;
  mm::Mapper mapper;
  mm::Tape tape;
  CHECK(scanner.start(grant, limits) && mapper.start(table, request.limits, grant) && tape.start(grant, request.tokens));
  std::vector<uint8_t> window(request.windowBytes + mm::XmlScanner::keptBytes(limits));
  scanner.beginElement(mapping.position);
  mapper.internValues(request.interns);
  mapper.begin(table.roots()[0], mapping.position, mapping.words, mapping.bytes);
  size_t filled = 0;
  for (std::string_view rest = xml; mapper.state() == mm::MapState::open;) {
    if (!scanner.isPaused()) {
      const size_t kept = scanner.keepFrom();
      scanner.drop(kept);
      std::memmove(window.data(), window.data() + kept, filled - kept);
      filled -= kept;
      const size_t count = std::min(request.windowBytes, rest.size());
      std::memcpy(window.data() + filled, rest.data(), count);
      filled += count;
      rest.remove_prefix(count);
    }
    tape.count = 0;
    scanner.scan(std::span(window).first(filled), rest.empty(), tape);
    const size_t taken = mapper.take(window, tape, 0, tape.count);
    CHECK(taken == tape.count || mapper.state() != mm::MapState::open);
    if (!CHECK(!scanner.failed())) break;
  }
  mapping.state = mapper.state();
  mapping.elements = mapper.elements();
  mapping.internedBytes = mapper.internedBytes();
  const mm::Captures captures = mapper.captures();
  mapping.words.resize(captures.words.size());
  mapping.bytes.resize(captures.bytes.size());
  return mapping;
}

}  // namespace mm_test
