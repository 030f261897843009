#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "../xml/capture_writer.h"
#include "../xml/csv_rows.h"
#include "../xml/json_text.h"
#include "../xml/typed_value.h"
#include "sequence_random.h"
#include "xml_mapping.h"

using namespace mm_test;
using mm::FieldKind;
using mm::kNone;

namespace {

std::string textOf(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

/// What is written through a buffer of so many bytes.
template <typename Write>
std::string written(Write write, size_t bufferBytes = mm::TextOut::kFewestBytes, size_t flushBytes = 1) {
  std::FILE* file = std::tmpfile();
  std::vector<uint8_t> buffer(bufferBytes);
  mm::TextOut out(fileno(file), buffer, flushBytes);
  write(out);
  CHECK(out.flush().ok());
  std::string text(out.byteLength(), ' ');
  CHECK(::pread(fileno(file), text.data(), text.size() + 1, 0) == static_cast<ssize_t>(text.size()));
  std::fclose(file);
  return text;
}

std::string jsonOf(std::string_view value) {
  return written([&](mm::TextOut& out) { mm::JsonText(out).text(bytesOf(value)); });
}

void testStrings() {
  CHECK(jsonOf("") == R"("")");
  CHECK(jsonOf("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f") == "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  CHECK(jsonOf("\u00e9\u2028\u2029\U0001F3B5") == "\"\u00e9\u2028\u2029\U0001F3B5\"");
  // One byte that is escaped, wherever it is, and none beside it.
  for (size_t length = 1; length < 40; ++length) {
    for (size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string value(length, '\x80');
        value[at] = static_cast<char>(byte);
        const bool isEscaped = byte < 0x20 || byte == '"' || byte == '\\';
        const std::string json = jsonOf(value);
        if ((json == '"' + value + '"') == isEscaped) CHECK(false);
        CHECK(json.size() >= length + 2 + isEscaped);
      }
    }
    if (length > 18) length += 5;
  }
}

void testLongStrings() {
  Random random(1);
  std::string value, expected = "\"";
  for (int at = 0; at < 300'000; ++at) {
    const bool isQuote = random() % 3000 == 0;
    value += isQuote ? '"' : 'x';
    expected += isQuote ? "\\\"" : "x";
  }
  CHECK(jsonOf(value) == expected + '"');
}

void testTypedValues() {
  const auto flag = [](std::string_view text) { return mm::flagOf(bytesOf(text)); };
  CHECK(flag("true") == true && flag(" 1\n") == true && flag("false") == false && flag("0") == false);
  CHECK(!flag("") && !flag("TRUE") && !flag("yes") && !flag("true false") && !flag("10"));
  const auto integer = [](std::string_view text) { return mm::integerOf(bytesOf(text)); };
  CHECK(integer("0") == 0 && integer(" 007 ") == 7 && integer("-12") == -12 && integer("+5") == 5 && integer("-0") == 0);
  CHECK(integer("9007199254740991") == 9007199254740991 && !integer("9007199254740992") && !integer("99999999999999999999999"));
  CHECK(!integer("") && !integer("-") && !integer("1.0") && !integer("1e3") && !integer("0x1") && !integer("1 2") && !integer("--1"));
  const auto duration = [](std::string_view text) { return mm::millisecondsOf(bytesOf(text)); };
  CHECK(duration("PT3M25S") == 205'000 && duration("PT0H3M25.5S") == 205'500 && duration(" P1DT1H ") == 90'000'000);
  CHECK(duration("PT0S") == 0 && duration("P0D") == 0 && duration("PT1.0005S") == 1001 && duration("PT1.00049S") == 1000);
  CHECK(duration("PT0.9996S") == 1000 && duration("PT90M") == 5'400'000 && duration("PT1.25S") == 1250);
  for (const char* odd : {"", "P", "PT", "P1DT", "3M25S", "T3M", "P1Y", "P1M", "P1W", "PT1S1M", "PT1M1M", "PT1.S", "PT.5S", "PT1.5M",
                          "P1.5D", "-PT1S", "PT1S ms", "PTS", "P1DT1D", "PT1", "PT999999999999999999S", "P99999999999D", "pt1s", "PT1S T1S"}) {
    if (duration(odd)) std::fprintf(stderr, "%s is none\n", odd);
    CHECK(!duration(odd));
  }
  const auto isExplicit = [](std::string_view text) { return mm::explicitnessOf(bytesOf(text)); };
  CHECK(isExplicit("Explicit") == true && isExplicit("NotExplicit") == false && isExplicit("ExplicitContentEdited") == false);
  CHECK(!isExplicit("NoAdviceAvailable") && !isExplicit("explicit"));
}

/// A release with fields of every kind, and variants to choose from.
struct Releases {
  enum Slot : uint32_t { ref, kind, isMain, discs, length, isRude, types, genres, titles, line, territories, slots };

  Releases() {
    const uint32_t title = builder.shape(3, {{"text", FieldKind::text, 0},
                                             {"default", FieldKind::flag, 1},
                                             {"territory", FieldKind::code, 2}});
    const uint32_t territory = builder.shape(2, {{"territories", FieldKind::codes, 0}, {"labels", FieldKind::texts, 1}});
    const uint32_t titleText = builder.choice({titles, 0, title, 1, 2, kNone});
    const uint32_t territoryLabels = builder.choice({territories, 1, territory, kNone, kNone, 0});
    const uint32_t wholeTerritory = builder.choice({territories, kNone, territory, kNone, kNone, 0});
    builder.choice({titles, kNone, title, 1, 2, kNone});
    const uint32_t release = builder.shape(
        slots, {{"type", FieldKind::constant, kNone, kNone, builder.string("re\"lease")},
                {"file", FieldKind::joined, ref, kNone, 3},
                {"ref", FieldKind::text, ref},
                {"kind", FieldKind::element, kind},
                {"isMain", FieldKind::flag, isMain},
                {"discs", FieldKind::integer, discs},
                {"length", FieldKind::milliseconds, length},
                {"isRude", FieldKind::isExplicit, isRude},
                {"none", FieldKind::text},
                {"nones", FieldKind::texts},
                {"secret", FieldKind::text, ref, kNone, kNone, 0, mm::TableField::kHidden},
                {"details", FieldKind::objects, territories, territory, kNone, 0, mm::TableField::kHidden},
                {"types", FieldKind::codes, types, kNone, kNone, 0, mm::TableField::kIfMany},
                {"genres", FieldKind::texts, genres},
                {"title", FieldKind::chosen, kNone, kNone, titleText, 1},
                {"titles", FieldKind::objects, titles, title, kNone, 0, mm::TableField::kIfMany},
                {"line", FieldKind::object, line, title},
                {"labels", FieldKind::chosen, kNone, kNone, territoryLabels, 1, mm::TableField::kList},
                {"first", FieldKind::chosen, kNone, kNone, wholeTerritory, 2}});
    CHECK(territoryLabels + 1 == wholeTerritory);
    addNodes(release, title, territory);
    table.emplace(builder.compiled());
    CHECK(table->isStarted);
  }

  void addNodes(uint32_t release, uint32_t title, uint32_t territory) {
    const uint32_t root = builder.node();
    builder.root("Release", root, release);
    builder.act(root, mm::kName, 0, kind, builder.string("Release"));
    builder.attribute(root, "IsMain", 0, 0, isMain);
    builder.act(builder.child(root, "Discs"), 0, 0, discs);
    builder.act(builder.child(root, "Length"), 0, 0, length);
    builder.act(builder.child(root, "Rude"), 0, 0, isRude);
    builder.act(builder.child(root, "Type"), mm::kCode | mm::kList, 0, types);
    builder.act(builder.child(root, "Genre"), mm::kList, 0, genres);
    const auto addTitle = [&](const char* name, uint32_t flags, uint32_t slot) {
      const uint32_t node = builder.child(root, name);
      builder.act(node, mm::kOpens | flags, 0, slot, title);
      builder.act(node, 0, 0, 0);
      builder.attribute(node, "IsDefault", 0, 0, 1);
      builder.attribute(node, "Territory", 0, 0, 2);
    };
    addTitle("Title", mm::kList, titles);
    addTitle("Line", 0, line);
    const uint32_t details = builder.child(root, "Details");
    builder.act(details, mm::kOpens | mm::kList, 0, territories, territory);
    builder.act(builder.child(details, "Territory"), mm::kCode | mm::kList, 0, 0);
    builder.act(builder.child(details, "Label"), mm::kList, 0, 1);
    builder.act(builder.child(root, "Ref"), 0, 0, ref);
  }

  TableBuilder builder;
  std::optional<StartedTable> table;
};

struct Joins final : mm::RecordJoins {
  void writeJoined(const mm::TableField& field, mm::CapturedObject owner, mm::CaptureWriter& writer) override {
    CHECK(field.argument == 3);
    writer.out().beginList();
    for (int round = 0; round < 2; ++round) {
      writer.out().beginObject();
      writer.out().key(bytesOf("\"of\":"));
      writer.out().text(owner.first(field.slot) == 0 ? bytesOf("nobody") : owner.value(owner.first(field.slot)));
      writer.out().endObject();
    }
    writer.out().endList();
  }
  void addOddValue(const mm::TableField& field, mm::CapturedObject owner, std::span<const uint8_t> text) override {
    odd += std::to_string(static_cast<uint32_t>(field.kind)) + ':' + textOf(text) + '@' + std::to_string(owner.captures().position.line) + ' ';
  }
  std::string odd;
};

std::string recordOf(std::string_view xml, std::string* odd = nullptr) {
  static const Releases releases;
  const Mapping mapping = mapOf(releases.table->table, xml);
  CHECK(mapping.isComplete());
  Joins joins;
  const mm::Captures captures = mapping.captures();
  std::string json = written([&](mm::TextOut& out) {
    mm::JsonText text(out);
    mm::CaptureWriter(releases.table->table, text, joins).object(mm::CapturedObject::rootOf(captures));
  });
  if (odd != nullptr) *odd = joins.odd;
  return json;
}

/// The record with some of its fields as given, the others as they are when the message has nothing.
void expect(std::string_view inside, std::initializer_list<std::pair<std::string_view, std::string_view>> changes,
            std::string_view attributes = "") {
  std::string expected =
      R"({"type":"re\"lease","file":[{"of":"nobody"},{"of":"nobody"}],"ref":null,"kind":"Release","isMain":null,"discs":null,"length":null,)"
      R"("isRude":null,"none":null,"nones":[],"genres":[],"title":null,"line":null,"labels":[],"first":null})";
  for (const auto& [from, to] : changes) {
    const size_t at = expected.find(from);
    if (CHECK(at != std::string::npos)) expected.replace(at, from.size(), to);
  }
  const std::string json = recordOf("<Release " + std::string(attributes) + ">" + std::string(inside) + "</Release>");
  if (!CHECK(json == expected)) std::fprintf(stderr, "  is      %s\n  and not %s\n", json.c_str(), expected.c_str());
}

void testRecords() {
  expect("", {});
  expect("<Ref>R&quot;1</Ref>", {{"nobody", "R\\\"1"}, {"nobody", "R\\\"1"}, {R"("ref":null)", R"("ref":"R\"1")"}});
  expect("<Discs>007</Discs><Length>PT1M</Length><Rude>NotExplicit</Rude>",
         {{R"("discs":null)", R"("discs":7)"}, {R"("length":null)", R"("length":60000)"}, {R"("isRude":null)", R"("isRude":false)"}});
  expect("<Rude>Unknown</Rude>", {{R"("isMain":null)", R"("isMain":true)"}}, "IsMain='true'");
  expect("<Type>a</Type><Genre>b</Genre>", {{R"("genres":[])", R"("genres":["b"])"}});
  expect("<Type>a</Type><Genre>b</Genre><Type>c</Type><Genre>d</Genre>",
         {{R"("genres":[])", R"("types":["a","c"],"genres":["b","d"])"}});
  expect("<Line IsDefault='0'>c</Line><Line>d</Line>",
         {{R"("line":null)", R"("line":{"text":"c","default":false,"territory":null})"}});
}

void testChoices() {
  const std::string_view none = R"("title":null)";
  const auto title = [](const char* attributes, const char* text) {
    return "<Title " + std::string(attributes) + ">" + text + "</Title>";
  };
  expect(title("", "A"), {{none, R"("title":"A")"}, {R"("first":null)", R"("first":{"text":"A","default":null,"territory":null})"}});
  const auto chosen = [&](const std::string& titles) {
    const std::string json = recordOf("<Release>" + titles + "</Release>");
    const size_t at = json.find("\"title\":") + 8;
    return json.substr(at, json.find(',', at) - at);
  };
  CHECK(chosen(title("", "A") + title("", "B")) == "\"A\"");
  CHECK(chosen(title("", "A") + title("Territory='Worldwide'", "B") + title("Territory='Worldwide'", "C")) == "\"B\"");
  CHECK(chosen(title("Territory='Worldwide'", "A") + title("IsDefault=' true '", "B") + title("IsDefault='1'", "C")) == "\"B\"");
  CHECK(chosen(title("IsDefault='true'", "") + title("", "B")) == "null");
  CHECK(chosen(title("IsDefault='false'", "A") + title("Territory='FR'", "B")) == "\"A\"");
  // Lists: of the territory for the whole world, in whichever place it says so.
  expect("<Details><Territory>FR</Territory><Label>a</Label></Details><Details><Territory>DE</Territory><Territory>Worldwide</Territory>"
         "<Label>b</Label><Label>c</Label></Details>",
         {{R"("labels":[])", R"("labels":["b","c"])"},
          {R"("first":null)", R"("first":{"territories":["DE","Worldwide"],"labels":["b","c"]})"}});
}

void testOddValues() {
  std::string odd;
  recordOf("<Release IsMain='perhaps'><Discs>two</Discs><Length>3:25</Length><Rude>odd</Rude></Release>", &odd);
  CHECK(odd == "5:perhaps@1 6:two@1 7:3:25@1 ");
}

/// The same bytes through a small buffer as through a large one, and nothing behind a write that fails.
void testBuffer() {
  const auto write = [](mm::TextOut& out) {
    mm::JsonText json(out);
    json.beginList();
    for (int at = 0; at < 20'000; ++at) {
      json.integer(at % 2 == 0 ? at : -at);
      CHECK(out.endRecord().ok());
    }
    json.endList();
  };
  CHECK(written(write) == written(write, size_t{1} << 20, size_t{1} << 20));
  std::vector<uint8_t> buffer(mm::TextOut::kFewestBytes);
  mm::TextOut broken(-1, buffer, 1);
  broken.byte('x');
  const mm::Outcome outcome = broken.endRecord();
  CHECK(outcome.kind == mm::Outcome::Kind::io && outcome.status.error == EBADF);
  for (int at = 0; at < 100'000; ++at) broken.integer(at);
  CHECK(broken.flush().kind == mm::Outcome::Kind::io);
}

/// Columns: ref, ids, problems of a record; of each entry of songs a row with names and lengths, and what the row is.
struct Songs {
  Songs() {
    const uint32_t strings[] = {string("ref"), string("ids"), string("codes"), string("names"), string("lengths"), string("as")};
    for (const uint32_t at : {0, 1, 2, 3, 4, 5}) columns.insert(columns.end(), {strings[at], at < 3 ? 0u : 2u});
    node(0, 4, kNone, 0, 0), node(4, 0, 0, kNone, 0), node(4, 1, kNone, kNone, 0), node(5, 0, 1, kNone, 0);
    node(5, 2, kNone, 2, 1, string("song")), node(7, 0, 3, kNone, 0), node(7, 0, 4, kNone, 0);
    node(7, 1, kNone, kNone, 0), node(8, 0, 2, kNone, 0);
    edge("ref", 1), edge("ids", 2), edge("songs", 4), edge("problems", 7);
    edge("value", 3), edge("names", 5), edge("length", 6), edge("code", 8);
  }
  uint32_t string(std::string_view value) {
    strings.insert(strings.end(), {static_cast<uint32_t>(text.size()), static_cast<uint32_t>(value.size())});
    text += value;
    return static_cast<uint32_t>(strings.size() / 2 - 1);
  }
  void node(uint32_t firstEdge, uint32_t edgeCount, uint32_t column, uint32_t begins, uint32_t isRow, uint32_t as = kNone) {
    nodes.insert(nodes.end(), {firstEdge, edgeCount, column, begins, isRow, as});
  }
  void edge(std::string_view key, uint32_t to) { edges.insert(edges.end(), {string('"' + std::string(key) + "\":"), to}); }
  mm::CompiledColumns compiled() const { return {bytesOf(text), strings, nodes, edges, columns}; }

  std::string text;
  Words strings, nodes, edges, columns;
};

struct StartedColumns {
  explicit StartedColumns(const mm::CompiledColumns& compiled) : memory(mm::ColumnTable::memoryBytes(compiled)) {
    mm::Grant grant{memory};
    isStarted = table.start(compiled, grant);
  }
  std::vector<uint8_t> memory;
  mm::ColumnTable table;
  bool isStarted = false;
};

/// Two records: the first with two songs, the second with none; then a song with a name of so many bytes.
std::string rowsOf(const mm::ColumnTable& table, size_t longBytes, mm::Outcome& outcome) {
  return written([&](mm::TextOut& out) {
    const size_t scratchBytes = 4096;
    std::vector<uint8_t> memory(mm::CsvRows::memoryBytes(table, scratchBytes));
    mm::Grant grant{memory};
    mm::CsvRows rows;
    CHECK(rows.start(table, out, grant, scratchBytes));
    const auto key = [&](std::string_view name) { rows.key(bytesOf('"' + std::string(name) + "\":")); };
    const auto text = [&](std::string_view name, std::string_view value) {
      key(name);
      rows.text(bytesOf(value));
    };
    const auto song = [&](std::initializer_list<std::string_view> names, int length) {
      rows.beginObject();
      text("unknown", "x");
      key("names");
      rows.beginList();
      for (const std::string_view name : names) rows.text(bytesOf(name));
      rows.endList();
      key("length");
      length < 0 ? rows.nothing() : rows.integer(length);
      rows.endObject();
    };
    rows.writeHeader();
    for (int record = 0; record < 2; ++record) {
      rows.beginObject();
      text("ref", record == 0 ? "R,1" : "R2");
      key("ids");
      rows.beginList();
      for (const char* value : {"a", "", "c\"d"}) {
        rows.beginObject();
        key("value");
        *value == 0 ? rows.nothing() : rows.text(bytesOf(value));
        rows.endObject();
      }
      rows.endList();
      key("songs");
      rows.beginList();
      if (record == 0) {
        song({"one", "=1+1"}, 7);
        song({}, -1);
      }
      if (record == 1 && longBytes > 0) song({std::string(longBytes, 'x')}, 1);
      rows.endList();
      rows.endObject();
      outcome = rows.endRecord();
    }
  });
}

void testRows() {
  const StartedColumns columns(Songs().compiled());
  CHECK(columns.isStarted);
  mm::Outcome outcome;
  const std::string expected =
      "ref,ids,codes,names,lengths,as\r\n\"R,1\",\"a||c\"\"d\",,one|=1+1,7,song\r\n\"R,1\",\"a||c\"\"d\",,,,song\r\n";
  CHECK(rowsOf(columns.table, 0, outcome) == expected && outcome.ok());
  CHECK(rowsOf(columns.table, 3, outcome) == expected + "R2,\"a||c\"\"d\",,xxx,1,song\r\n" && outcome.ok());
  // A row that does not fit is not written in part.
  CHECK(rowsOf(columns.table, 5000, outcome) == expected && outcome.kind == mm::Outcome::Kind::memory && outcome.value >= 5000);
}

/// As of field tables: refused, or harmless.
void testDamagedColumns() {
  Random random(9);
  size_t accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    Songs damaged;
    Words& rows = *std::array{&damaged.strings, &damaged.nodes, &damaged.edges, &damaged.columns}[random() % 4];
    rows[random() % rows.size()] = static_cast<uint32_t>(random() % 2 == 0 ? random() % 10 : random());
    const StartedColumns columns(damaged.compiled());
    if (!columns.isStarted) continue;
    ++accepted;
    mm::Outcome outcome;
    CHECK(rowsOf(columns.table, 10, outcome).size() < 1000);
  }
  CHECK(accepted > 100 && accepted < 2900);
}

}  // namespace

int main() {
  testStrings();
  testLongStrings();
  testTypedValues();
  testRecords();
  testChoices();
  testOddValues();
  testBuffer();
  testRows();
  testDamagedColumns();
  return checkResult();
}
