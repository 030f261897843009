// Damaged messages: whatever the bytes are, windows of any size give the same, and nothing outside of them is read.
// MM_TEST_DATA may name a folder with ddex; every sample there below 100 kB is cut at many places.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "check.h"
#include "xml_scan.h"

namespace {

constexpr size_t kLargestSample = 100'000;
/// Each cut scans a whole sample.
constexpr size_t kMostCuts = 300;

using mm_test::isSame;

const std::string kMessage =
    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!-- made by hand -->\n<?note a?>\n"
    "<ern:NewReleaseMessage xmlns:ern='http://ddex.net/xml/ern/43' "
    "xmlns:xs=\"http://www.w3.org/2001/XMLSchema-instance\"\n"
    "  xs:schemaLocation='a&#x20;b' AvsVersionId='3'>\r\n  <ResourceList>\r\n    <SoundRecording>\n"
    "      <ResourceReference>A1</ResourceReference><Empty/><Spaced a = '1' />\n"
    "      <Title LanguageAndScriptCode=\"de\">Gr\xC3\xBC\xC3\x9F"
    "e &amp; &#x1F600; \xF0\x9F\x98\x80 <![CDATA[<b> ]] > & ]]]]></Title >\r"
    "      <p:Other xmlns:p='urn:x' p:a='1' a='2'>\xE2\x82\xAC]] </p:Other>\n    </SoundRecording>\n  </ResourceList>\n"
    "</ern:NewReleaseMessage>\n<!-- end -->\n";

/// What is likely to matter.
constexpr const char* kPieces[] = {"<",   ">",    "/",         "&",         ";",           "\"", "'",    "]]>",
                                   "--",  "-->",  "<!--",      "<![CDATA[", "?>",          "<?", "=",    ":",
                                   " ",   "\r",   "\n",        "\xC3",      "\x80",        "&#", "&lt;", "xmlns:p='x' ",
                                   "<a>", "</a>", "<!DOCTYPE", "\x01",      "\xEF\xBF\xBF"};

std::string damaged(std::mt19937& random) {
  std::string text = kMessage;
  for (uint32_t edits = 1 + random() % 4; edits > 0; --edits) {
    const size_t at = random() % (text.size() + 1);
    const size_t length = std::min<size_t>(random() % 20, text.size() - at);
    const uint32_t kind = random() % 6;
    if (kind == 0) text.erase(at, length);
    if (kind == 1) text.insert(at, std::string(text, at, length));
    if (kind == 2 && at < text.size()) text[at] = static_cast<char>(random());
    if (kind == 3) text.insert(at, kPieces[random() % std::size(kPieces)]);
    if (kind == 4) text.resize(at);
    if (kind == 5 && at < text.size()) text.replace(at, 1, kPieces[random() % std::size(kPieces)]);
    if (text.empty()) return text;
  }
  return text;
}

/// Windows of all sizes up to twice that of a vector, and of random ones.
size_t differences(const std::string& text, std::mt19937& random) {
  mm_test::XmlScan scan({}, 16);
  const mm_test::XmlScanResult whole = scan.document(text);
  size_t different = whole.isBroken || whole.position.offset > text.size() ? 1 : 0;
  different += isSame(whole, scan.document(text, {1})) ? 0 : 1;
  mm_test::WindowSizes sizes;
  for (int turn = 0; turn < 200; ++turn) sizes.push_back(random() % 33);
  sizes.push_back(7);
  return different + (isSame(whole, scan.document(text, sizes)) ? 0 : 1);
}

void scansDamagedMessages() {
  std::mt19937 random(1);
  CHECK(mm_test::XmlScan().document(kMessage).error.empty());
  size_t different = 0;
  size_t refused = 0;
  constexpr size_t kRounds = 10'000;
  for (size_t round = 0; round < kRounds; ++round) {
    const std::string text = damaged(random);
    refused += mm_test::XmlScan().document(text).error.empty() ? 0 : 1;
    if (differences(text, random) == 0) continue;
    ++different;
    std::fprintf(stderr, "  round %zu: %s\n", round, text.c_str());
  }
  CHECK(different == 0);
  // The rest are still messages.
  CHECK(refused > kRounds / 2 && refused < kRounds);
}

void cutsEverywhere(const std::string& text) {
  mm_test::XmlScan scan({}, 4096);
  const mm_test::XmlScanResult whole = scan.document(text);
  size_t different = isSame(whole, scan.document(text, {1})) ? 0 : 1;
  const size_t step = 1 + text.size() / kMostCuts;
  for (size_t cut = 0; cut <= text.size(); cut += step)
    different += isSame(whole, scan.document(text, {cut, SIZE_MAX})) ? 0 : 1;
  CHECK(different == 0);
}

void cutsSamples() {
  const char* data = std::getenv("MM_TEST_DATA");
  const std::filesystem::path folder = std::filesystem::path(data == nullptr ? "" : data) / "ddex";
  if (data == nullptr || !std::filesystem::is_directory(folder)) {
    std::printf("samples skipped: MM_TEST_DATA has no ddex; ");
    return;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.file_size() > kLargestSample) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    cutsEverywhere({std::istreambuf_iterator<char>(file), {}});
  }
}

}  // namespace

int main() {
  scansDamagedMessages();
  cutsEverywhere(kMessage);
  cutsSamples();
  return checkResult();
}
