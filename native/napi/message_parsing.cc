#include "message_parsing.h"

#include <array>
#include <string_view>

namespace mm {
namespace {

constexpr uint32_t kMostItems = 1 << 16;
constexpr size_t kTables = 4;
constexpr std::array<const char*, 4> kCsvColumns{"strings", "nodes", "edges", "columns"};
constexpr std::array<const char*, 9> kTableColumns{"strings", "nodes", "actions", "edges", "attributes", "fields", "shapes", "choices", "roots"};
constexpr std::array<std::string_view, 6> kRoles{"party", "resource", "release", "deal", "purge", "catalog"};
constexpr std::array<std::string_view, 5> kLists{"tracks", "videos", "images", "texts", "none"};

std::span<const uint8_t> bytesOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

template <typename Word, size_t Count>
Word wordOf(Args& args, Napi::Object object, const char* name, const std::array<std::string_view, Count>& words) {
  const std::string text = args.text(object, name);
  for (size_t at = 0; at < Count; ++at) {
    if (words[at] == text) return static_cast<Word>(at);
  }
  args.refuse(name, "one of its words");
  return static_cast<Word>(0);
}

/// Calls action(item) for each object of an array.
template <typename Action>
void eachObject(Args& args, Napi::Object object, const char* name, Action&& action) {
  const Napi::Object list = args.object(object, name);
  if (args.ok() && (!list.IsArray() || list.As<Napi::Array>().Length() > kMostItems)) args.refuse(name, "an array");
  const uint32_t count = args.ok() ? list.As<Napi::Array>().Length() : 0;
  for (uint32_t at = 0; args.ok() && at < count; ++at) {
    const Napi::HandleScope scope(args.env());
    action(args.object(list, std::to_string(at).c_str()));
  }
}

template <typename Element>
std::vector<Element> typedArray(Args& args, Napi::Object object, const char* name, napi_typedarray_type type) {
  const Napi::Object value = args.object(object, name);
  if (!args.ok() || !value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
    args.refuse(name, "a typed array of its kind");
    return {};
  }
  const auto array = value.As<Napi::TypedArrayOf<Element>>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

ParserOptions::Table readTable(Args& args, Napi::Object object) {
  ParserOptions::Table table;
  const Napi::Object compiled = args.object(object, "compiled");
  if (args.ok()) table.text = typedArray<uint8_t>(args, compiled, "text", napi_uint8_array);
  for (size_t column = 0; args.ok() && column < kTableColumns.size(); ++column) {
    table.columns[column] = typedArray<uint32_t>(args, compiled, kTableColumns[column], napi_uint32_array);
  }
  if (!args.ok()) return table;
  eachObject(args, object, "composites", [&](Napi::Object composite) {
    table.composites.push_back({args.text(composite, "list"), args.text(composite, "reference"),
                                wordOf<CompositeRole>(args, composite, "role", kRoles), wordOf<ResourceList>(args, composite, "into", kLists)});
  });
  if (table.composites.size() > UINT8_MAX) args.refuse("composites", "at most 255");
  return table;
}

ParserOptions::Columns readColumns(Args& args, Napi::Object object) {
  ParserOptions::Columns columns;
  columns.text = typedArray<uint8_t>(args, object, "text", napi_uint8_array);
  for (size_t at = 0; args.ok() && at < kCsvColumns.size(); ++at) {
    columns.columns[at] = typedArray<uint32_t>(args, object, kCsvColumns[at], napi_uint32_array);
  }
  return columns;
}

}  // namespace

CompiledTable ParserOptions::Table::compiled() const {
  return {text,       columns[0], columns[1], columns[2], columns[3],
          columns[4], columns[5], columns[6], columns[7], columns[8]};
}

CompiledColumns ParserOptions::Columns::compiled() const {
  return {text, columns[0], columns[1], columns[2], columns[3]};
}

size_t ParserOptions::tableBytes() const {
  size_t bytes = 0;
  for (const Columns& each : columns) bytes += ColumnTable::memoryBytes(each.compiled());
  for (const Table& table : tables) bytes += FieldTable::memoryBytes(table.compiled());
  return bytes;
}

ParserOptions readParserOptions(Args& args, Napi::Object object) {
  ParserOptions options;
  if (!args.ok()) return options;
  eachObject(args, object, "tables", [&](Napi::Object table) { options.tables.push_back(readTable(args, table)); });
  eachObject(args, object, "columns", [&](Napi::Object columns) { options.columns.push_back(readColumns(args, columns)); });
  if (options.columns.size() != kTables) args.refuse("columns", "one for each table");
  eachObject(args, object, "versions", [&](Napi::Object version) {
    options.versions.push_back({args.text(version, "name"), args.text(version, "digits"),
                                static_cast<uint32_t>(args.integer(version, "table", kMostItems))});
  });
  eachObject(args, object, "roots", [&](Napi::Object root) {
    options.roots.push_back({args.text(root, "element"), args.boolean(root, "isRecordsOnly")});
  });
  if (args.ok()) options.namespaces = args.texts(object, "namespaces");
  if (args.ok()) options.files = args.descriptors(object, "files");
  if (options.files.size() != 2) args.refuse("files", "two descriptors");
  for (const ParserOptions::Version& version : options.versions) {
    if (version.table >= options.tables.size()) args.refuse("versions", "of tables that are there");
  }
  return options;
}

MessageParsing::MessageParsing(std::shared_ptr<Region> region, ParserOptions options)
    : region_(std::move(region)),
      options_(std::move(options)),
      runs_(options_.files[0], disk_),
      table_(options_.files[1], disk_),
      index_(runs_, table_) {
  region_->pin();
}

bool MessageParsing::loadTables() {
  Grant memory({region_->data(), region_->byteLength()});
  for (const ParserOptions::Table& table : options_.tables) {
    if (!loadTable(table, memory)) return false;
  }
  for (const ParserOptions::Columns& each : options_.columns) {
    if (!columns_.emplace_back().start(each.compiled(), memory)) return false;
  }
  for (const ParserOptions::Version& version : options_.versions) {
    versions_.push_back({bytesOf(version.name), bytesOf(version.digits), &tables_[version.table]});
  }
  for (const ParserOptions::Root& root : options_.roots) roots_.push_back({bytesOf(root.element), root.isRecordsOnly});
  for (const std::string& each : options_.namespaces) namespaces_.push_back(bytesOf(each));
  known_ = {versions_, roots_, namespaces_};
  memory_ = memory;
  return true;
}

bool MessageParsing::loadTable(const ParserOptions::Table& source, Grant& memory) {
  MessageTable& table = tables_.emplace_back();
  std::vector<MessageComposite>& composites = composites_.emplace_back();
  if (!table.fields.start(source.compiled(), memory)) return false;
  const std::span<const TableRoot> roots = table.fields.roots();
  if (roots.size() != source.composites.size() + 1) return false;
  table.message = &roots[0];
  for (size_t at = 0; at < source.composites.size(); ++at) {
    const ParserOptions::Table::Composite& from = source.composites[at];
    const TableRoot& root = roots[at + 1];
    composites.push_back({static_cast<uint8_t>(at), table.fields.string(root.name), bytesOf(from.list), bytesOf(from.reference), from.role, from.into, &root});
  }
  table.composites = composites;
  return true;
}

Outcome MessageParsing::parse(OwnedParseRequest& request, std::span<ParseOutcome> outcomes, size_t& count) {
  disk_.limitBytes = request.diskLimitBytes;
  if (request.request.format == ParseFormat::csv) request.request.columns = &columns_[request.table];
  return parseMessages(request.bound(), known_, index_, memory_, progress_, outcomes, count);
}

}  // namespace mm
