#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "../core/linux/region.h"
#include "parse_values.h"

namespace mm {

/// The options of a parser, taken over from JS. Spans of it point into itself.
struct ParserOptions {
  struct Table {
    std::vector<uint8_t> text;
    /// Of CompiledTable, in its order.
    std::vector<uint32_t> columns[9];
    struct Composite {
      std::string list;
      std::string reference;
      CompositeRole role;
      ResourceList into;
    };
    std::vector<Composite> composites;

    CompiledTable compiled() const;
  };
  struct Version {
    std::string name;
    std::string digits;
    uint32_t table;
  };
  struct Root {
    std::string element;
    bool isRecordsOnly;
  };
  struct Columns {
    std::vector<uint8_t> text;
    /// Of CompiledColumns, in its order.
    std::vector<uint32_t> columns[4];

    CompiledColumns compiled() const;
  };
  std::vector<Table> tables;
  /// By ParseTable.
  std::vector<Columns> columns;
  std::vector<Version> versions;
  std::vector<Root> roots;
  std::vector<std::string> namespaces;
  std::vector<int> files;

  size_t tableBytes() const;
};

ParserOptions readParserOptions(Args& args, Napi::Object object);

/// The memory, tables and temporary files of one parser. The memory is pinned until the end.
class MessageParsing {
 public:
  MessageParsing(std::shared_ptr<Region> region, ParserOptions options);
  ~MessageParsing() { region_->unpin(); }
  MessageParsing(const MessageParsing&) = delete;
  MessageParsing& operator=(const MessageParsing&) = delete;

  /// False when the tables contradict themselves or do not fit into the memory.
  bool loadTables();
  Outcome parse(OwnedParseRequest& request, std::span<ParseOutcome> outcomes, size_t& count);
  ParseProgress& progress() { return progress_; }
  const DiskAllowance& disk() const { return disk_; }

 private:
  bool loadTable(const ParserOptions::Table& source, Grant& memory);

  std::shared_ptr<Region> region_;
  ParserOptions options_;
  DiskAllowance disk_;
  SpillFile runs_;
  SpillFile table_;
  CompositeIndex index_;
  ParseProgress progress_;
  /// Behind the tables.
  Grant memory_;
  std::deque<MessageTable> tables_;
  std::deque<std::vector<MessageComposite>> composites_;
  std::deque<ColumnTable> columns_;
  std::vector<KnownVersion> versions_;
  std::vector<KnownRoot> roots_;
  std::vector<std::span<const uint8_t>> namespaces_;
  KnownMessages known_;
};

}  // namespace mm
