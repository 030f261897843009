// Messages of a small table, whole: what is joined, whatever the chunk, and that no damage to a message makes a parser leave its memory.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "../xml/message_parser.h"
#include "check.h"
#include "xml_table.h"

namespace {

using mm::CompositeRole;
using mm::kNone;
using mm::ResourceList;
using mm_test::bytesOf;
using mm_test::TableBuilder;

/// By their places in JOINS of src/ddex/shape.ts.
constexpr uint32_t kMessageIdJoin = 3;
constexpr uint32_t kTracksJoin = 4;
constexpr uint32_t kDealsJoin = 8;
constexpr uint32_t kDiscCountJoin = 10;
constexpr uint32_t kDiscJoin = 13;
constexpr uint32_t kPartyNameJoin = 16;
constexpr uint32_t kProblemsJoin = 18;

/// A message with its name; parties, resources by a party; releases with groups of resources; deals.
class SmallTable {
 public:
  SmallTable() {
    using mm::FieldKind;
    const auto leaf = [&](uint32_t parent, std::string_view name, uint32_t slot, uint32_t flags = 0) {
      builder_.act(builder_.child(parent, name), flags, 0, slot);
    };
    const uint32_t message = builder_.node();
    leaf(builder_.child(message, "MessageHeader"), "MessageId", 0);
    const uint32_t party = builder_.node();
    leaf(party, "PartyReference", 0);
    leaf(party, "Name", 1);
    const uint32_t resource = builder_.node();
    leaf(resource, "ResourceReference", 0);
    leaf(resource, "ArtistPartyReference", 1);
    const uint32_t release = builder_.node();
    const uint32_t group = builder_.child(release, "ResourceGroup");
    const uint32_t item = builder_.child(group, "Item");
    const uint32_t releaseDeal = builder_.node();
    const uint32_t deal = builder_.child(releaseDeal, "Deal");

    const uint32_t messageShape = builder_.shape(1, {{"messageId", FieldKind::text, 0}});
    const uint32_t partyShape = builder_.shape(2, {{"ref", FieldKind::text, 0}, {"name", FieldKind::text, 1}});
    const uint32_t resourceShape = builder_.shape(2, {{"ref", FieldKind::text, 0},
                                                      {"disc", FieldKind::joined, kNone, kNone, kDiscJoin},
                                                      {"artist", FieldKind::joined, 1, kNone, kPartyNameJoin}});
    const uint32_t itemShape = builder_.shape(1, {{"ref", FieldKind::text, 0}});
    const uint32_t groupShape = itemShape + 1;
    builder_.shape(3, {{"seq", FieldKind::integer, 0}, {"groups", FieldKind::objects, 1, groupShape}, {"items", FieldKind::objects, 2, itemShape}});
    const uint32_t releaseShape = builder_.shape(3, {{"ref", FieldKind::text, 0},
                                                     {"message", FieldKind::joined, kNone, kNone, kMessageIdJoin},
                                                     {"groups", FieldKind::objects, 1, groupShape, kNone, 0, mm::TableField::kHidden},
                                                     {"resourceRefs", FieldKind::texts, 2, kNone, kNone, 0, mm::TableField::kHidden},
                                                     {"tracks", FieldKind::joined, kNone, kNone, kTracksJoin},
                                                     {"discCount", FieldKind::joined, kNone, kNone, kDiscCountJoin},
                                                     {"deals", FieldKind::joined, kNone, kNone, kDealsJoin},
                                                     {"problems", FieldKind::joined, kNone, kNone, kProblemsJoin}});
    const uint32_t dealShape = builder_.shape(1, {{"ref", FieldKind::text, 0}});
    const uint32_t dealsShape = builder_.shape(1, {{"deals", FieldKind::objects, 0, dealShape}});

    leaf(release, "ReleaseReference", 0);
    builder_.act(group, mm::kOpens | mm::kList, 0, 1, groupShape);
    leaf(group, "SequenceNumber", 0);
    builder_.leads(group, "ResourceGroup", group);
    builder_.act(item, mm::kOpens | mm::kList, 0, 2, itemShape);
    leaf(item, "Ref", 0);
    leaf(release, "LinkedRef", 2, mm::kList);
    builder_.act(deal, mm::kOpens | mm::kList, 0, 0, dealShape);
    leaf(deal, "DealReference", 0);

    builder_.root("", message, messageShape);
    builder_.root("Party", party, partyShape);
    builder_.root("SoundRecording", resource, resourceShape);
    builder_.root("Release", release, releaseShape);
    builder_.root("ReleaseDeal", releaseDeal, dealsShape);
    started_.emplace(builder_.compiled());
    CHECK(started_->isStarted);
    table_.fields = started_->table;
    table_.message = &table_.fields.roots()[0];
    add("PartyList", "PartyReference", CompositeRole::party, ResourceList::none);
    add("ResourceList", "ResourceReference", CompositeRole::resource, ResourceList::tracks);
    add("ReleaseList", "ReleaseReference", CompositeRole::release, ResourceList::none);
    add("DealList", "DealReleaseReference", CompositeRole::deal, ResourceList::none);
    table_.composites = composites_;
  }

  const mm::KnownMessages& known() const { return known_; }

 private:
  void add(std::string_view list, std::string_view reference, CompositeRole role, ResourceList into) {
    const mm::TableRoot& root = table_.fields.roots()[composites_.size() + 1];
    composites_.push_back({static_cast<uint8_t>(composites_.size()), table_.fields.string(root.name), bytesOf(list), bytesOf(reference), role, into, &root});
  }

  TableBuilder builder_;
  std::optional<mm_test::StartedTable> started_;
  mm::MessageTable table_;
  std::vector<mm::MessageComposite> composites_;
  mm::KnownVersion version_{bytesOf("4.3"), bytesOf("43"), &table_};
  mm::KnownRoot root_{bytesOf("NewReleaseMessage"), false};
  std::span<const uint8_t> namespace_ = bytesOf("urn:ern/");
  mm::KnownMessages known_{{&version_, 1}, {&root_, 1}, {&namespace_, 1}};
};

/// A file in memory.
struct File {
  File() = default;
  explicit File(std::string_view text) { CHECK(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && lseek(fd, 0, SEEK_SET) == 0); }
  ~File() { close(fd); }
  std::string text() const {
    std::string all(static_cast<size_t>(lseek(fd, 0, SEEK_END)), ' ');
    CHECK(pread(fd, all.data(), all.size(), 0) == static_cast<ssize_t>(all.size()));
    return all;
  }
  int fd = memfd_create("message", MFD_CLOEXEC);
};

struct Parsed {
  mm::ParseOutcome outcome;
  std::string text;
};

mm::Outcome parseTo(int fd, const SmallTable& table, std::string_view message, size_t chunkBytes, mm::ParseMode mode, mm::ParseProgress& progress,
                    mm::ParseOutcome& outcome) {
  const File input(message);
  const File runs, entries;
  mm::DiskAllowance disk;
  mm::SpillFile runsFile(runs.fd, disk);
  mm::SpillFile entriesFile(entries.fd, disk);
  mm::CompositeIndex index(runsFile, entriesFile);
  const mm::ParseInput from{bytesOf("m"), input.fd, fd};
  mm::ParseRequest request;
  request.inputs = {&from, 1};
  request.mode = mode;
  request.read.chunkBytes = chunkBytes;
  request.flushBytes = mm::TextOut::kMostRoom;
  // As much as is asked for, so that the sanitizer sees every byte beyond; what is not used is not touched.
  const size_t memoryBytes = mm::fewestParseBytes(request);
  const std::unique_ptr<uint8_t[]> memory(new uint8_t[memoryBytes]);
  size_t count = 0;
  const mm::Outcome parsed = mm::parseMessages(request, table.known(), index, mm::Grant({memory.get(), memoryBytes}), progress, {&outcome, 1}, count);
  CHECK(count == 1 && progress.inputs == 1);
  return parsed;
}

Parsed parse(const SmallTable& table, std::string_view message, size_t chunkBytes, mm::ParseMode mode = mm::ParseMode::joined) {
  const File output;
  mm::ParseProgress progress;
  Parsed parsed;
  CHECK(parseTo(output.fd, table, message, chunkBytes, mode, progress, parsed.outcome).ok());
  parsed.text = output.text();
  CHECK(parsed.text.size() == parsed.outcome.outputBytes);
  return parsed;
}

/// The lists in the order of their letters: p, r(esources), l (releases), d.
std::string messageOf(std::string_view order) {
  std::string text = "<e:NewReleaseMessage xmlns:e=\"urn:ern/43\"><MessageHeader><MessageId>M&amp;1</MessageId></MessageHeader>\r\n";
  for (const char list : order) {
    if (list == 'p') text += "<PartyList><Party><PartyReference>P1</PartyReference><Name>N\xC3\xA4me</Name></Party></PartyList>\n";
    if (list == 'r') {
      text +=
          "<ResourceList><SoundRecording><ResourceReference>A1</ResourceReference><ArtistPartyReference>P1</ArtistPartyReference></SoundRecording>"
          "<e:SoundRecording><ResourceReference>A&#50;</ResourceReference><ArtistPartyReference>P9</ArtistPartyReference></e:SoundRecording>"
          "<SoundRecording><ResourceReference>A1</ResourceReference></SoundRecording></ResourceList>";
    }
    if (list == 'l') {
      text +=
          "<ReleaseList><Release><ReleaseReference>R0</ReleaseReference><ResourceGroup><ResourceGroup><SequenceNumber>3</SequenceNumber>"
          "<Item><Ref>A2</Ref></Item></ResourceGroup><ResourceGroup><Item><Ref>A7</Ref></Item><Item><Ref>A2</Ref></Item></ResourceGroup></ResourceGroup>"
          "<LinkedRef>A1</LinkedRef><LinkedRef>A2</LinkedRef></Release><Release/></ReleaseList>";
    }
    if (list == 'd') {
      text +=
          "<DealList><ReleaseDeal><DealReleaseReference>R0</DealReleaseReference><DealReleaseReference>R0</DealReleaseReference>"
          "<Deal><DealReference>D1</DealReference></Deal><Deal/></ReleaseDeal></DealList>";
    }
  }
  return text + "</e:NewReleaseMessage>";
}

void joins(const SmallTable& table) {
  const std::string first = "{\"messageId\":\"M&1\"}\n{\"ref\":\"R0\",\"message\":\"M&1\",\"tracks\":[{\"ref\":\"A2\",\"disc\":3,\"artist\":null},"
                            "{\"ref\":\"A2\",\"disc\":2,\"artist\":null},{\"ref\":\"A1\",\"disc\":null,\"artist\":\"N\xC3\xA4me\"}],\"discCount\":2,"
                            "\"deals\":[{\"ref\":\"D1\"},{\"ref\":null}],\"problems\":[";
  const std::string last = "]}\n{\"ref\":null,\"message\":\"M&1\",\"tracks\":[],\"discCount\":0,\"deals\":[],\"problems\":[]}\n";
  for (const std::string_view order : {"prld", "dlrp", "lrpd"}) {
    const std::string message = messageOf(order);
    const Parsed whole = parse(table, message, size_t{64} << 10);
    CHECK(!whole.outcome.message.failure.isThere() && whole.outcome.stop.ok());
    CHECK(whole.text.starts_with(first) && whole.text.ends_with(last));
    CHECK(whole.outcome.counts.releases == 2 && whole.outcome.counts.tracks == 3 && whole.outcome.counts.deals == 2);
    // A7 leads nowhere, A1 to two, P9 nowhere from two tracks.
    CHECK(whole.outcome.counts.problems == 4);
    for (const size_t chunkBytes : {1, 2, 3, 10, 100}) CHECK(parse(table, message, chunkBytes).text == whole.text);
  }
}

/// Every end of a message is refused, and none leaves anything.
void cut(const SmallTable& table) {
  const std::string message = messageOf("prld");
  for (size_t length = 0; length < message.size(); ++length) {
    const Parsed parsed = parse(table, std::string_view(message).substr(0, length), 64);
    CHECK(parsed.outcome.message.failure.isThere() && parsed.text.empty());
  }
}

void damaged(const SmallTable& table) {
  constexpr int kRounds = 3000;
  const std::vector<std::string> words{"<", ">", "</", "/>", "A1", "R0", "<Item>", "</Item>", "<ResourceGroup>", "<Release>", "<ReleaseList>", "]]>", "&#x41;"};
  std::mt19937_64 random(20);
  int read = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::string message = messageOf(round % 2 == 0 ? "prld" : "ldpr");
    for (uint64_t edits = 1 + random() % 2; edits > 0; --edits) {
      const size_t at = random() % message.size();
      const size_t other = random() % message.size();
      const uint64_t kind = random() % 8;
      // Another reference, or another name that both tags have: still well-formed.
      if (kind >= 5) std::ranges::replace(message, static_cast<char>('0' + kind - 5), static_cast<char>('0' + random() % 4));
      if (kind == 0) message[at] = static_cast<char>(random());
      if (kind == 1) message.erase(at, 1 + random() % 40);
      if (kind == 2) message.insert(at, words[random() % words.size()]);
      if (kind == 3) message.insert(at, message.substr(other, random() % 200));
      if (kind == 4) std::swap(message[at], message[other]);
      if (message.empty()) break;
    }
    const mm::ParseMode mode = random() % 3 == 0 ? mm::ParseMode::records : mm::ParseMode::joined;
    const Parsed parsed = parse(table, message, 1 + random() % 100, mode);
    const bool isRefused = parsed.outcome.message.failure.isThere();
    CHECK(parsed.outcome.stop.ok() && (!isRefused || mode == mm::ParseMode::records || parsed.text.empty()));
    read += !isRefused;
  }
  CHECK(read > kRounds / 20);
}

/// What is linked again and again is a track once, where it is linked first.
void linksOnce(const SmallTable& table) {
  std::mt19937_64 random(3);
  std::string resources, links, expected;
  for (int number = 0; number < 100; ++number) resources += "<SoundRecording><ResourceReference>A" + std::to_string(number) + "</ResourceReference></SoundRecording>";
  std::array<bool, 100> isLinked{};
  for (int link = 0; link < 150; ++link) {
    const size_t number = random() % isLinked.size();
    links += "<LinkedRef>A" + std::to_string(number) + "</LinkedRef>";
    if (isLinked[number]) continue;
    isLinked[number] = true;
    expected += (expected.empty() ? "" : ",") + ("{\"ref\":\"A" + std::to_string(number) + "\",\"disc\":null,\"artist\":null}");
  }
  const std::string message = "<e:NewReleaseMessage xmlns:e=\"urn:ern/43\"><ResourceList>" + resources + "</ResourceList><ReleaseList><Release>" + links +
                              "</Release></ReleaseList></e:NewReleaseMessage>";
  CHECK(parse(table, message, 64).text.find("\"tracks\":[" + expected + "]") != std::string::npos);
}

/// A record of 200 MB of a message of 150 kB: it ends where nobody wants it any more, or where it has no place.
void stopsWithinRecord(const SmallTable& table) {
  constexpr uint64_t kTracks = 2000;
  std::string items;
  for (uint64_t at = 0; at < kTracks; ++at) items += "<Item><Ref>A1</Ref></Item>";
  const std::string message = "<e:NewReleaseMessage xmlns:e=\"urn:ern/43\"><PartyList><Party><PartyReference>P1</PartyReference><Name>" + std::string(100'000, 'n') +
                              "</Name></Party></PartyList><ResourceList><SoundRecording><ResourceReference>A1</ResourceReference><ArtistPartyReference>P1"
                              "</ArtistPartyReference></SoundRecording></ResourceList><ReleaseList><Release><ResourceGroup>" +
                              items + "</ResourceGroup></Release></ReleaseList></e:NewReleaseMessage>";
  constexpr size_t kChunkBytes = 64 << 10;
  {
    int ends[2];
    CHECK(pipe(ends) == 0);
    mm::ParseProgress progress;
    mm::ParseOutcome outcome;
    std::thread reader([&] {
      std::vector<char> some(1 << 20);
      while (read(ends[0], some.data(), some.size()) > 0) progress.job.cancelled = true;
    });
    CHECK(parseTo(ends[1], table, message, kChunkBytes, mm::ParseMode::joined, progress, outcome).kind == mm::Outcome::Kind::cancelled);
    close(ends[1]);
    reader.join();
    close(ends[0]);
    CHECK(outcome.counts.tracks < kTracks / 2);
  }
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  mm::ParseProgress progress;
  mm::ParseOutcome outcome;
  CHECK(parseTo(full, table, message, kChunkBytes, mm::ParseMode::joined, progress, outcome).kind == mm::Outcome::Kind::disk);
  CHECK(outcome.counts.tracks < kTracks / 2);
  close(full);
}

}  // namespace

int main() {
  const SmallTable table;
  joins(table);
  linksOnce(table);
  stopsWithinRecord(table);
  cut(table);
  damaged(table);
  return checkResult();
}
