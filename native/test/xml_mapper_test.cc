#include <optional>

#include "sequence_random.h"
#include "xml_mapping.h"

using namespace mm_test;
using mm::FieldKind;
using mm::kNone;

namespace {

/// Slots of a song: 0 name (also an attribute), 1 kind (code), 2 genres (codes), 3 words (texts), 4 first artist, 5 artists, 6 what it is (its
/// element, else @is). Slots of an artist: 0 name, 1 the song's year, seen from inside, 2 members, who are artists.
struct Songs {
  Songs() {
    const uint32_t artist = builder.shape(3, {{"members", FieldKind::objects, 2, 0}});
    const uint32_t song = builder.shape(7, {{"artist", FieldKind::object, 4, artist}, {"artists", FieldKind::objects, 5, artist}});
    const uint32_t root = builder.node();
    builder.root("Song", root, song);
    builder.attribute(root, "is", 0, 0, 6);
    builder.attribute(root, "Name", 0, 0, 0);
    builder.act(root, mm::kName, 0, 6, builder.string("Song"));
    builder.act(builder.child(root, "Name"), 0, 0, 0);
    const uint32_t kind = builder.child(root, "Kind");
    builder.act(kind, mm::kCode, 0, 1);
    builder.attribute(kind, "UserDefinedValue", mm::kInTextsPlace, 0, kNone);
    const uint32_t genre = builder.child(builder.child(root, "Genres"), "Genre");
    builder.act(genre, mm::kCode | mm::kList, 0, 2);
    builder.act(genre, mm::kList, 0, 3);
    builder.attribute(genre, "UserDefinedValue", mm::kInTextsPlace, 0, kNone);
    builder.act(builder.child(genre, "Word"), mm::kList, 0, 3);
    const uint32_t first = builder.child(root, "Artist");
    builder.act(first, mm::kOpens, 0, 4, artist);
    builder.act(first, mm::kOpens | mm::kList, 1, 5, artist);
    builder.act(builder.child(first, "Name"), 0, 0, 0);
    builder.act(builder.child(first, "FirstName"), 0, 1, 0);
    const uint32_t member = builder.child(first, "Member");
    builder.act(member, mm::kOpens | mm::kList, 0, 2, artist);
    builder.act(builder.child(member, "Name"), 0, 0, 0);
    builder.leads(member, "Member", member);
    table.emplace(builder.compiled());
    CHECK(table->isStarted);
  }
  TableBuilder builder;
  std::optional<StartedTable> table;
};

std::string textOf(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

std::string values(mm::CapturedObject object, uint32_t slot) {
  std::string all;
  for (uint32_t item = object.first(slot); item != 0; item = object.after(slot, item)) all += '[' + textOf(object.value(item)) + ']';
  return all;
}

/// The names of artists, each with its members.
std::string artists(mm::CapturedObject object, uint32_t slot) {
  std::string all;
  for (uint32_t item = object.first(slot); item != 0; item = object.after(slot, item)) {
    const mm::CapturedObject artist = object.object(item);
    all += values(artist, 0) + '(' + artists(artist, 2) + ')';
  }
  return all;
}

std::string summary(const Mapping& mapping) {
  const mm::Captures captures = mapping.captures();
  const auto song = mm::CapturedObject::rootOf(captures);
  std::string all;
  for (uint32_t slot = 0; slot < 4; ++slot) all += values(song, slot) + '|';
  return all + artists(song, 4) + '|' + artists(song, 5) + '|' + values(song, 6);
}

const Songs& songs() {
  static const Songs kSongs;
  return kSongs;
}

/// The same however it is cut, and in the order name, kind, genres, words, artist, artists, element.
void expect(std::string_view xml, std::string_view expected) {
  for (const size_t windowBytes : {4000, 1, 3}) {
    for (const size_t tokens : {100, 4, 5}) {
      for (const bool interns : {false, true}) {
        const MappingRequest request = {.windowBytes = windowBytes, .tokens = tokens, .interns = interns};
        const Mapping mapping = mapOf(songs().table->table, xml, request);
        CHECK(mapping.isComplete());
        if (!CHECK(summary(mapping) == expected)) std::fprintf(stderr, "  is %s\n", summary(mapping).c_str());
      }
    }
  }
}

void testValues() {
  expect("<Song/>", "||||||[Song]");
  expect("<Song is='Video'><Name>A &amp; B &#x1F3B5;</Name></Song>", "[A & B \xF0\x9F\x8E\xB5]||||||[Video]");
  expect("<Song><Name>one</Name><Name>two</Name></Song>", "[one]||||||[Song]");
  expect("<Song Name='one'><Name>two</Name></Song>", "[one]||||||[Song]");
  expect("<Song><Name>a\r\nb\rc<![CDATA[<&\r\n]]>d<!-- -->e</Name></Song>", "[a\nb\nc<&\nde]||||||[Song]");
  expect("<Song Name='a\r\n\tb&#10;c&lt;'/>", "[a  b\nc<]||||||[Song]");
}

void testBlankValuesAreNone() {
  expect("<Song is=' &#9;'><Name> \r\n&#32;</Name><Name/><Name>one </Name></Song>", "[one ]||||||[Song]");
  expect("<Song Name=''><Name>one</Name></Song>", "[one]||||||[Song]");
}

void testUserDefinedValues() {
  expect("<Song><Kind UserDefinedValue='mine'>UserDefined</Kind></Song>", "|[mine]|||||[Song]");
  expect("<Song><Kind UserDefinedValue=' '>Theirs</Kind></Song>", "|[Theirs]|||||[Song]");
  expect("<Song><Kind UserDefinedValue='mine'/></Song>", "|[mine]|||||[Song]");
  expect("<Song><Genres><Genre>Rock</Genre><Genre UserDefinedValue='Krautrock' x='y'>UserDefined</Genre></Genres></Song>",
         "||[Rock][Krautrock]|[Rock][UserDefined]|||[Song]");
}

void testTextAroundElements() {
  expect("<Song><Genres><Genre>a<Word>1</Word>b<Word>2</Word><Unknown>3</Unknown>c</Genre></Genres></Song>",
         "||[abc]|[1][2][abc]|||[Song]");
}

void testUnknownElementsAndPrefixes() {
  expect("<Song><Other Name='no'><Name>no</Name><Artist><Name>no</Name></Artist></Other><Name>yes</Name></Song>",
         "[yes]||||||[Song]");
  expect("<x:Song xmlns:x='urn:x'><x:Name x:is='no'>yes</x:Name></x:Song>", "[yes]||||||[Song]");
  expect("<Song xmlns:Name='urn:x' Name:is='no'><y:Na/><Name>yes</Name></Song>", "[yes]||||||[Song]");
}

void testObjects() {
  expect("<Song><Artist><FirstName>a</FirstName><Name>A</Name></Artist><Artist><FirstName>b</FirstName><Name>B</Name><Name>C</Name>"
         "</Artist><Artist/></Song>",
         "||||[a]()|[A]()[B]()()|[Song]");
  expect("<Song><Artist><Name>A</Name><Member><Name>B</Name><Member><Name>C</Name></Member></Member><Member><Name>D</Name></Member>"
         "</Artist><Artist><Member><Name>E</Name></Member></Artist></Song>",
         "||||()|[A]([B]([C]())[D]())([E]())|[Song]");
}

void testLimits() {
  const auto stateOf = [](std::string_view xml, const MappingRequest& request) {
    return mapOf(songs().table->table, xml, request).state;
  };
  const std::string_view three = "<Song><Name>12345</Name><Other/></Song>";
  CHECK(mapOf(songs().table->table, three).elements == 3);
  CHECK(stateOf(three, {.limits = {.elements = 3}}) == mm::MapState::complete);
  CHECK(stateOf(three, {.limits = {.elements = 2}}) == mm::MapState::tooManyElements);
  CHECK(stateOf(three, {.limits = {.valueBytes = 5}}) == mm::MapState::complete);
  CHECK(stateOf(three, {.limits = {.valueBytes = 4}}) == mm::MapState::valueTooLong);
  CHECK(stateOf("<Song Name='12345'/>", {.limits = {.valueBytes = 4}}) == mm::MapState::valueTooLong);
  CHECK(stateOf(three, {.limits = {.depth = 2}}) == mm::MapState::complete);
  CHECK(stateOf(three, {.limits = {.depth = 1}}) == mm::MapState::tooDeep);
  std::string deep = "<Song><Artist>", end = "</Artist></Song>";
  for (int depth = 0; depth < 1000; ++depth) deep += "<Member>", end = "</Member>" + end;
  CHECK(stateOf(deep + end, {.limits = {.depth = 2000}, .words = 10'000}) == mm::MapState::tooDeep);
}

/// Whatever the room is, nothing is written outside of it, and what the table promises is enough.
void testRoom() {
  const std::string_view xml =
      "<Song is='Video'><Kind UserDefinedValue='mine'/><Genres><Genre>ab<Word>1</Word>b<Word>2</Word>c</Genre></Genres>"
      "<Artist><Name>A</Name></Artist></Song>";
  const Mapping whole = mapOf(songs().table->table, xml);
  for (size_t words = 0; words <= whole.words.size(); ++words) {
    const Mapping mapping = mapOf(songs().table->table, xml, {.words = words});
    CHECK(mapping.isComplete() == (words == whole.words.size()));
    CHECK(mapping.isComplete() || mapping.state == mm::MapState::noRoom);
  }
  for (size_t bytes = 0; bytes <= whole.bytes.size(); ++bytes) {
    CHECK(mapOf(songs().table->table, xml, {.bytes = bytes}).isComplete() == (bytes == whole.bytes.size()));
  }
  CHECK(whole.captures().byteLength() <= songs().table->table.mostCaptureBytes(whole.elements, 2, xml.size()));
}

/// A text in a million pieces between captured elements takes time and room in proportion to its length.
void testTextInPieces() {
  constexpr size_t kPieces = 200'000;
  std::string xml = "<Song><Genres><Genre>";
  for (size_t piece = 0; piece < kPieces; ++piece) xml += "x<Word>w</Word>";
  xml += "</Genre></Genres></Song>";
  const Mapping mapping = mapOf(songs().table->table, xml, {.words = 8 * kPieces, .bytes = 8 * kPieces});
  CHECK(mapping.isComplete());
  CHECK(mapping.bytes.size() < 6 * kPieces);
  const mm::Captures captures = mapping.captures();
  const auto song = mm::CapturedObject::rootOf(captures);
  CHECK(song.value(song.first(2)).size() == kPieces);
}

/// All that was captured.
size_t valueBytes(const mm::FieldTable& table, mm::CapturedObject object) {
  size_t bytes = 0;
  for (uint32_t slot = 0; slot < table.slots(object.shape()); ++slot) {
    for (uint32_t item = object.first(slot); item != 0; item = object.after(slot, item)) {
      const bool isObject = table.holdsObjects(object.shape(), slot);
      bytes += isObject ? valueBytes(table, object.object(item)) : object.value(item).size();
    }
  }
  return bytes;
}

/// Equal values are kept once, as far as the interner remembers, and are the same as without it.
void testInternedValues() {
  Random random(3);
  std::string xml = "<Song Name='Song'><Kind UserDefinedValue='Worldwide'/><Genres>";
  for (int genre = 0; genre < 3000; ++genre) {
    const std::string name = random() % 3 == 0 ? std::to_string(random() % 2000) : std::to_string(genre % 7);
    xml += "<Genre>" + name + "</Genre><Genre>World&amp;" + (genre % 2 == 0 ? "wide" : name) + "</Genre>";
  }
  xml += "</Genres></Song>";
  MappingRequest request = {.words = 50'000, .bytes = 100'000};
  const Mapping plain = mapOf(songs().table->table, xml, request);
  request.interns = true;
  const Mapping interned = mapOf(songs().table->table, xml, request);
  CHECK(plain.isComplete() && interned.isComplete());
  CHECK(summary(plain) == summary(interned));
  CHECK(plain.internedBytes == 0 && interned.internedBytes > plain.bytes.size() / 3);
  CHECK(interned.bytes.size() + interned.internedBytes == plain.bytes.size());
}

/// What is found is the whole value, not the start of another that shares its entry; and nothing of the composite before.
void testInternerFindsWholeValues() {
  std::vector<uint8_t> memory(mm::ValueInterner::kMemoryBytes);
  mm::Grant grant{memory};
  mm::ValueInterner interner;
  CHECK(interner.start(grant));
  for (int composite = 0; composite < 2; ++composite) {
    interner.begin();
    std::vector<uint8_t> bytes;
    std::vector<uint32_t> lengths(1 << 20);
    size_t found = 0;
    for (int round = 0; round < 200; ++round) {
      for (uint32_t length = 1; length <= mm::ValueInterner::kMostBytes + 1; ++length) {
        const auto offset = static_cast<uint32_t>(bytes.size());
        bytes.insert(bytes.end(), length, static_cast<uint8_t>('a' + round % 20));
        lengths[offset] = length;
        const uint32_t first = interner.firstOf(bytes, offset, length);
        CHECK(lengths[first] == length && bytes[first] == bytes[offset]);
        CHECK(length <= mm::ValueInterner::kMostBytes || first == offset);
        found += first != offset;
      }
    }
    CHECK(found > 1000);
  }
}

/// A number of a table may be anything: the table is refused, or it maps without touching what is not its own.
void testDamagedTables() {
  Random random(7);
  const std::string_view xml =
      "<Song is='Video'><Kind UserDefinedValue='mine'/><Genres><Genre>a</Genre></Genres><Artist><Name>A</Name><Member/></Artist></Song>";
  size_t accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    Songs damaged;
    mm::CompiledTable compiled = damaged.builder.compiled();
    std::array rows = {&compiled.strings, &compiled.nodes, &compiled.actions, &compiled.edges, &compiled.attributes,
                       &compiled.shapes, &compiled.roots};
    std::span<const uint32_t>& chosen = *rows[random() % rows.size()];
    Words copy(chosen.begin(), chosen.end());
    copy[random() % copy.size()] = static_cast<uint32_t>(random() % 2 == 0 ? random() % 40 : random());
    chosen = copy;
    const StartedTable table(compiled);
    if (!table.isStarted) continue;
    ++accepted;
    const Mapping mapping = mapOf(table.table, xml, {.words = 500, .bytes = 200});
    const mm::Captures captures = mapping.captures();
    if (mapping.isComplete()) CHECK(valueBytes(table.table, mm::CapturedObject::rootOf(captures)) < 100);
  }
  CHECK(accepted > 100 && accepted < 2900);
}

}  // namespace

int main() {
  testValues();
  testBlankValuesAreNone();
  testUserDefinedValues();
  testTextAroundElements();
  testUnknownElementsAndPrefixes();
  testObjects();
  testLimits();
  testRoom();
  testTextInPieces();
  testInternedValues();
  testInternerFindsWholeValues();
  testDamagedTables();
  return checkResult();
}
