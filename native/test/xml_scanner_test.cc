// What the scanner makes of small documents: tokens, errors and where they are, limits, parts of documents. Each is
// scanned whole, in two windows cut at every byte, and byte by byte.

#include <cstdio>
#include <string>

#include "check.h"
#include "xml_scan.h"

namespace {

using mm_test::isSame;
using mm_test::XmlScan;
using mm_test::XmlScanResult;
using namespace std::string_literals;

/// However it is cut, and with the smallest tape there may be.
XmlScanResult scanned(const std::string& text, const mm::XmlLimits& limits = {}) {
  XmlScan scan(limits);
  const XmlScanResult whole = scan.document(text);
  size_t different = isSame(whole, scan.document(text, {1})) ? 0 : 1;
  XmlScan narrow(limits, mm::XmlScanner::kTokensPerStep);
  different += isSame(whole, narrow.document(text)) ? 0 : 1;
  for (size_t cut = 0; cut <= text.size(); ++cut)
    different += isSame(whole, scan.document(text, {cut, SIZE_MAX})) ? 0 : 1;
  if (!CHECK(different == 0)) std::fprintf(stderr, "  %zu windows of: %s\n", different, text.c_str());
  return whole;
}

void gives(const std::string& text, const std::string& tokens) {
  const XmlScanResult result = scanned(text);
  if (CHECK(result.error.empty() && result.tokens == tokens)) return;
  std::fprintf(stderr, "  %s gives %s %s\n", text.c_str(), result.tokens.c_str(), result.error.c_str());
}

void refuses(const std::string& text, const std::string& code, uint64_t offset, const std::string& name = "") {
  const XmlScanResult result = scanned(text);
  if (CHECK(result.error == code && result.position.offset == offset && result.errorName == name)) return;
  std::fprintf(stderr, "  %s: %s at %d %s\n", text.c_str(), result.error.c_str(),
               static_cast<int>(result.position.offset), result.errorName.c_str());
}

void writesTokens() {
  gives("<a/>", "<a></>");
  gives("<a></a>", "<a></>");
  gives("<a >b</a\n>", "<a>b</>");
  gives("<?xml version=\"1.0\"?>\n<a/>\n", "<a></>");
  gives("<?xml version='1.1'\n encoding = 'Utf-8' standalone='no' ?><a/>", "<a></>");
  gives("\xEF\xBB\xBF<a>b</a>", "<a>b</>");
  gives("\xEF\xBB\xBF<?xml version='1.0'?><a/>", "<a></>");
  gives("<a><b>1</b><b/> <long.er-name_1>2</long.er-name_1></a>", "<a><b>1</><b></>\\ <long.er-name_1>2</></>");
  gives("<a b='1' c = \"2'\" d=''/>", "<a b=1 c=2' d=></>");
  gives("<a>1<!-- - <b> & ]]> -->2<?p <b> ?? & ?>3<![CDATA[<&]] >]]]>4</a>", "<a>123\\<\\&]]\\ \\>]4</>");
  gives("<a>&lt;&gt;&amp;&apos;&quot;&#65;&#x20AC;&#x1F600;&#00000000000065;</a>",
        "<a>&\\<&\\>&\\&&'&\"&A&\xE2\x82\xAC&\xF0\x9F\x98\x80&A</>");
  gives("<a b='&lt;&#10;'/>", "<a b=&\\<&\n></>");
  gives("<a>]]</a>", "<a>]]</>");
  gives("<a>]] > ]&gt;]]&#62;</a>", "<a>]]\\ \\>\\ ]&\\>]]&\\></>");
  gives("<a>\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBD\x7F\xC2\x80</a>",
        "<a>\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBD\x7F\xC2\x80</>");
  gives("<\xC3\xA9\xC2\xB7 \xE4\xB8\x80='1'/>", "<\xC3\xA9\xC2\xB7 \xE4\xB8\x80=1></>");
  gives("<__proto__ constructor='1'/>", "<__proto__ constructor=1></>");
  gives("<!----><a/><?p?><!-- -->", "<a></>");
}

void normalisesLineEnds() {
  gives("<a>1\r\n2\r3\r\r\n4\n\r5</a>", "<a>1\n2\n3\n\n4\n\n5</>");
  gives("<a>\r</a>", "<a>\n</>");
  gives("<a>\r<!-- -->\n</a>", "<a>\n\n</>");
  gives("<a>&#13;\n</a>", "<a>&\r\n</>");
  gives("<a><![CDATA[\r\n\r]]>\n</a>", "<a>\n\n\n</>");
  gives("<a b='\t1\r\n2\r3\n4&#10;'/>", "<a b=\\ 1\\ 2\\ 3\\ 4&\n></>");
}

void refusesWhatIsMalformed() {
  refuses("", "XML_NO_ROOT", 0);
  refuses(" <!-- --> ", "XML_NO_ROOT", 10);
  refuses("text", "XML_TEXT_OUTSIDE", 0);
  refuses("<a/>x", "XML_TEXT_OUTSIDE", 4);
  refuses("<a/>&#32;", "XML_TEXT_OUTSIDE", 4);
  refuses("<![CDATA[]]><a/>", "XML_TEXT_OUTSIDE", 0);
  refuses("<a/><a/>", "XML_SECOND_ROOT", 4);
  refuses("</a>", "XML_MARKUP", 0);
  refuses("<a/></a>", "XML_MARKUP", 4);
  refuses("<a>< b/></a>", "XML_MARKUP", 3);
  refuses("<a><!b></a>", "XML_MARKUP", 3);
  refuses("<a><![CDATA []]></a>", "XML_MARKUP", 3);
  refuses("<!DOCTYPE a><a/>", "XML_DOCTYPE", 0);
  refuses("<a><!DOCTYPE a></a>", "XML_DOCTYPE", 3);
  refuses("<a><b></a></b>", "XML_TAG_MISMATCH", 6, "a");
  refuses("<a></ab>", "XML_TAG_MISMATCH", 3, "ab");
  refuses("<ab></a>", "XML_TAG_MISMATCH", 4, "a");
  refuses("<a></a b>", "XML_TAG", 7);
  refuses("<a b='1'c='2'/>", "XML_TAG", 8);
  refuses("<a / >", "XML_TAG", 3);
  refuses("<a !/>", "XML_TAG", 3);
  refuses("<a b/>", "XML_ATTRIBUTE", 4);
  refuses("<a b=1/>", "XML_ATTRIBUTE", 5);
  refuses("<a b='<'/>", "XML_ATTRIBUTE_LESS_THAN", 6);
  refuses("<a b='1' c='2' b='3'/>", "XML_ATTRIBUTE_REPEATED", 15, "b");
  refuses("<a b:='1'/>", "XML_NAME", 3);
  refuses("<a:b:c xmlns:a='x'/>", "XML_NAME", 4);
  refuses("<a:1 xmlns:a='x'/>", "XML_NAME", 1);
  refuses("<a\xC3\x97/>", "XML_NAME", 2);
  refuses("<\xC2\xB7/>", "XML_NAME", 1);
  refuses("<a>&</a>", "XML_REFERENCE", 3);
  refuses("<a>& b</a>", "XML_REFERENCE", 3);
  refuses("<a>&b c;</a>", "XML_REFERENCE", 3);
  refuses("<a>AT&T</a>", "XML_REFERENCE", 5);
  refuses("<a>&#;</a>", "XML_REFERENCE", 3);
  refuses("<a>&#xG;</a>", "XML_REFERENCE", 3);
  refuses("<a>&#6a;</a>", "XML_REFERENCE", 3);
  refuses("<a>&nbsp;</a>", "XML_ENTITY", 3, "nbsp");
  refuses("<a b='&\xC3\xA9;'/>", "XML_ENTITY", 6, "\xC3\xA9");
  refuses("<a>&" + std::string(100, 'x') + ";</a>", "XML_ENTITY", 3, std::string(32, 'x'));
  for (const char* number : {"0", "8", "xD800", "xDFFF", "xFFFE", "xFFFF", "x110000", "99999999999999999999999"}) {
    refuses("<a>&#" + std::string(number) + ";</a>", "XML_CHARACTER_REFERENCE", 3);
  }
  refuses("<a>b]]></a>", "XML_CDATA_END", 4);
  refuses("<a>]]]></a>", "XML_CDATA_END", 4);
  refuses("<a><!-- -- --></a>", "XML_COMMENT", 8);
  refuses("<a><!-- --->", "XML_COMMENT", 8);
  refuses("<a><?xml version='1.0'?></a>", "XML_PROCESSING_INSTRUCTION", 3, "xml");
  refuses(" <?xml version='1.0'?><a/>", "XML_PROCESSING_INSTRUCTION", 1, "xml");
  refuses("<?XML version='1.0'?><a/>", "XML_PROCESSING_INSTRUCTION", 0, "XML");
  refuses("<?p:q?><a/>", "XML_PROCESSING_INSTRUCTION", 0, "p:q");
  refuses("<?p?q?><a/>", "XML_PROCESSING_INSTRUCTION", 0, "p");
  for (const char* declaration :
       {"", " ", " encoding='utf-8'", " version=1.0", " version='2.0'", " version='1.'", " version='1.0' encoding=''",
        " version='1.0'encoding='utf-8'", " version='1.0' standalone='maybe'", " version='1.0' ?",
        " version='1.0' x='1'", " version='1.0' standalone='yes' encoding='utf-8'"}) {
    refuses("<?xml" + std::string(declaration) + "?><a/>", "XML_DECLARATION", 0);
  }
  refuses("<?xml version='1." + std::string(200, '0') + "'?><a/>", "XML_DECLARATION", 0);
}

void refusesOtherEncodingsAndCharacters() {
  refuses("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "XML_ENCODING", 0);
  refuses("<?xml version='1.0' encoding='UTF-16'?><a/>", "XML_ENCODING", 0);
  refuses("\xFE\xFF\0<\0a\0/\0>"s, "XML_ENCODING", 0);
  refuses("\xFF\xFE<\0a\0/\0>\0"s, "XML_ENCODING", 0);
  refuses("\0<\0a\0/\0>"s, "XML_ENCODING", 0);
  refuses("<\0a\0/\0>\0"s, "XML_ENCODING", 0);
  refuses("\x4C\x6F\xA7\x94", "XML_ENCODING", 0);
  refuses("\xEF\xBB\xBF\xEF\xBB\xBF<a/>", "XML_TEXT_OUTSIDE", 3);
  for (const char* bytes : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
                            "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
                            "\x80", "\xC3(", "\xE2\x82(", "\xF0\x9F\x98("}) {
    refuses("<a>b" + std::string(bytes) + "</a>", "XML_UTF8", 4);
    refuses("<a b='" + std::string(bytes) + "'/>", "XML_UTF8", 6);
    refuses("<a><!--" + std::string(bytes) + "--></a>", "XML_UTF8", 7);
    refuses("<a" + std::string(bytes) + "/>", "XML_UTF8", 2);
  }
  refuses("<a>\xE2\x82", "XML_UTF8", 3);
  for (const std::string& bytes : {"\0"s, "\x01"s, "\x0B"s, "\x1F"s, "\xEF\xBF\xBE"s, "\xEF\xBF\xBF"s}) {
    refuses("<a>" + bytes + "</a>", "XML_CHARACTER", 3);
    refuses("<a><![CDATA[" + bytes + "]]></a>", "XML_CHARACTER", 12);
    refuses("<a><?p " + bytes + "?></a>", "XML_CHARACTER", 7);
  }
}

void knowsNamespaces() {
  CHECK(scanned("<e:a xmlns:e='http://ddex.net/xml/ern/43'/>").rootNamespace == "http://ddex.net/xml/ern/43");
  CHECK(scanned("<a xmlns='x&amp;&#x20;\ty'><b xmlns='z'/></a>").rootNamespace == "x&  y");
  CHECK(scanned("<a xmlns:e='x'/>").rootNamespace == "");
  gives("<a xml:lang='en'/>", "<a xml:lang=en></>");
  gives("<a xmlns:p='x'><p:b p:c='1' c='2'/></a>", "<a xmlns:p=x><p:b p:c=1 c=2></></>");
  gives("<a xmlns='x' xmlns:p='x' b='1' p:b='2'/>", "<a xmlns=x xmlns:p=x b=1 p:b=2></>");
  gives("<a xmlns='x'><b xmlns=''/></a>", "<a xmlns=x><b xmlns=></></>");
  gives("<a xmlns:p='x' xmlns:q='y'><b xmlns:q='x'/><b p:c='1' q:c='2'/></a>",
        "<a xmlns:p=x xmlns:q=y><b xmlns:q=x></><b p:c=1 q:c=2></></>");
  gives("<p:a xmlns:p='x' xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
        "<p:a xmlns:p=x xmlns:xml=http://www.w3.org/XML/1998/namespace></>");
  refuses("<p:a/>", "XML_PREFIX_UNDECLARED", 0, "p:a");
  refuses("<a><p:b></p:b></a>", "XML_PREFIX_UNDECLARED", 3, "p:b");
  refuses("<a b='1' p:c='1'/>", "XML_PREFIX_UNDECLARED", 9, "p:c");
  refuses("<a><b xmlns:p='x'/><p:c/></a>", "XML_PREFIX_UNDECLARED", 19, "p:c");
  refuses("<a xmlns:p='x' xmlns:q='x'><b p:c='1' d='2' q:c='3'/></a>", "XML_ATTRIBUTE_REPEATED", 44, "q:c");
  refuses("<xmlns:a/>", "XML_NAMESPACE", 0, "xmlns:a");
  for (const char* declaration :
       {"xmlns:p=''", "xmlns:xml='x'", "xmlns:xmlns='x'", "xmlns:p='http://www.w3.org/XML/1998/namespace'",
        "xmlns:p='http://www.w3.org/2000/xmlns/'", "xmlns='http://www.w3.org/XML/1998/namespace'"}) {
    const std::string tag = "<a " + std::string(declaration);
    refuses(tag + "/>", "XML_NAMESPACE", tag.size() - 1);
  }
}

void saysWhatIsOpen() {
  const XmlScanResult mismatch = scanned("<a>\n <b>\n  <c/>\xC3\xA9</a>");
  CHECK(mismatch.error == "XML_TAG_MISMATCH" && mismatch.position.line == 3 && mismatch.position.column == 8);
  CHECK(mismatch.openName == "b" && mismatch.open.offset == 5 && mismatch.open.line == 2 && mismatch.open.column == 2);
  const XmlScanResult element = scanned("\xEF\xBB\xBF<a>\n<b>");
  CHECK(element.error == "XML_UNCLOSED" && element.position.offset == 10 && element.position.line == 2 &&
        element.position.column == 4);
  CHECK(element.openName == "b" && element.open.line == 2 && element.open.column == 1);
  CHECK(scanned("\xEF\xBB\xBF<a>").open.column == 1);
  // Each beginning is cut in the midst of something.
  const std::string text = "<?p q?><a b='&#65;'><!--c--><![CDATA[d]]><e/></a>";
  for (size_t length = 1; length < text.size(); ++length) {
    const XmlScanResult cut = scanned(text.substr(0, length));
    const bool isReference = cut.error == "XML_REFERENCE" && length >= 14 && length < 18;
    const bool isOutside = cut.error == "XML_NO_ROOT" && length == 7;
    CHECK(isReference || isOutside || (cut.error == "XML_UNCLOSED" && cut.position.offset == length));
  }
  CHECK(scanned("<a>\n <!--\n\n").open.offset == 5 && scanned("<a b='").open.offset == 0);
}

void keepsLimits() {
  mm::XmlLimits limits;
  limits.depth = 3;
  limits.nameBytes = 4;
  limits.attributes = 2;
  limits.attributeBytes = 9;
  CHECK(scanned("<a><b><c/></b></a>", limits).error.empty());
  const XmlScanResult deep = scanned("<a><b><c><d/></c></b></a>", limits);
  CHECK(deep.error == "XML_LIMIT_DEPTH" && deep.position.offset == 9 && deep.errorName == "d");
  CHECK(scanned("<abcd></abcd>", limits).error.empty());
  CHECK(scanned("<abcde/>", limits).error == "XML_LIMIT_NAME");
  CHECK(scanned("<a><abcde>", limits).error == "XML_LIMIT_NAME");
  CHECK(scanned("<a abcde='1'/>", limits).error == "XML_LIMIT_NAME");
  CHECK(scanned("<a b='1' c='2'/>", limits).error.empty());
  CHECK(scanned("<a b='1' c='2' d=''/>", limits).error == "XML_LIMIT_ATTRIBUTES");
  CHECK(scanned("<a b='2345' c='78'/>", limits).error.empty());
  CHECK(scanned("<a b='2345' c='7\n9'/>", limits).error.empty());
  CHECK(scanned("<a b='2345' c='7\n90'/>", limits).error == "XML_LIMIT_ATTRIBUTE_BYTES");
  CHECK(scanned("<a b='2&lt;&lt;'/>", limits).error == "XML_LIMIT_ATTRIBUTE_BYTES");
  CHECK(scanned("<a b='2&#000000065;'/>", limits).error == "XML_LIMIT_ATTRIBUTE_BYTES");
  // What is wrong behind the limit is not seen, in windows of any size.
  CHECK(scanned("<a b='234567890\x01'/>", limits).error == "XML_LIMIT_ATTRIBUTE_BYTES");
  // Only in scope.
  mm::XmlLimits spaces;
  spaces.namespaces = 2;
  spaces.namespaceBytes = 8;
  CHECK(scanned("<a xmlns='1'><b xmlns='2'/><c xmlns='3'/></a>", spaces).error.empty());
  CHECK(scanned("<a xmlns='1'><b xmlns='2'><c xmlns='3'/></b></a>", spaces).error == "XML_LIMIT_NAMESPACES");
  CHECK(scanned("<a xmlns:b='2345678'/>", spaces).error.empty());
  CHECK(scanned("<a xmlns:b='23456789'/>", spaces).error == "XML_LIMIT_NAMESPACES");
  CHECK(scanned("<a xmlns:b='234567&#65;'/>", spaces).error.empty());
  CHECK(scanned("<a xmlns:b='2345678&#65;'/>", spaces).error == "XML_LIMIT_NAMESPACES");
  // The memory is what was said.
  std::vector<uint8_t> memory(mm::XmlScanner::memoryBytes(limits) / 2);
  mm::Grant tooSmall({memory.data(), memory.size()});
  mm::XmlScanner scanner;
  CHECK(!scanner.start(tooSmall, limits));
}

void scansParts() {
  const std::string before = "<r xmlns:p='x'>\n";
  const std::string part = "<p:a b='1'>\n<c>d</c><p:a/></p:a>";
  for (const size_t size : {size_t{1}, size_t{3}, SIZE_MAX}) {
    XmlScan scan;
    CHECK(scan.document(before + part + "</r>").error.empty());
    const XmlScanResult result = scan.element(part + "</r> & what is behind it", {16, 2, 1}, {size});
    CHECK(result.error.empty() && !result.isBroken && result.tokens == "<p:a b=1>\n<c>d</><p:a></></>");
    CHECK(result.endOffset == before.size() + part.size() && scan.scanner().elementEnded());
    const XmlScanResult wrong = scan.element("<a>\n<b></a>", {16, 2, 5}, {size});
    CHECK(wrong.error == "XML_TAG_MISMATCH" && wrong.position.offset == 23 && wrong.position.line == 3 &&
          wrong.position.column == 4);
    CHECK(wrong.open.offset == 20 && wrong.open.line == 3 && wrong.open.column == 1);
    const XmlScanResult empty = scan.element("<a/><b/>", {16, 2, 1}, {size});
    CHECK(empty.error.empty() && empty.endOffset == 20 && empty.tokens == "<a></>");
  }
}

}  // namespace

int main() {
  writesTokens();
  normalisesLineEnds();
  refusesWhatIsMalformed();
  refusesOtherEncodingsAndCharacters();
  knowsNamespaces();
  saysWhatIsOpen();
  keepsLimits();
  scansParts();
  return checkResult();
}
