// The parsers of /proc and of cgroup files, fed with what the manual shows, and with bytes that no kernel writes.

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "../profile/proc_text.h"
#include "check.h"

namespace {

using namespace mm::profile;

std::string statText(const char* name, const char* state = "S") {
  std::string text = std::string("4711 (") + name + ") " + state +
                     " 17 4711 99 0 -1 4194304 100 7 3 0 250 50 0 0 20 0 5 0 123456 1000 200 18446744073709551615";
  text += " 94000 95000 140000 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 1 2 3 4 5 6 7 256\n";
  return text;
}

void testStat() {
  ProcessStat stat;
  CHECK(parseStat(statText("node"), stat));
  CHECK(stat.pid == 4711 && stat.parent == 17 && stat.session == 99 && stat.state == 'S');
  CHECK(stat.minorFaults == 100 && stat.majorFaults == 3 && stat.cpuTicks == 300);
  CHECK(stat.threads == 5 && stat.startTicks == 123456 && stat.exitStatus == 256);
  CHECK(stat.image != 0);
  CHECK(std::strcmp(stat.name, "node") == 0);
  // The name is the program's to choose.
  for (const char* name : {"a) R 1 2 3", "((((", "))))", " ", "new\nline", "", "fifteen-letters"}) {
    CHECK(parseStat(statText(name), stat));
    CHECK(stat.parent == 17 && stat.startTicks == 123456);
    CHECK(std::strcmp(stat.name, name) == 0);
  }
  const std::string whole = statText("sh");
  const uint64_t image = stat.image;
  std::string other = whole;
  other.replace(other.find("140000"), 6, "150000");
  CHECK(parseStat(other, stat) && stat.image != image);
  // What is not ours to see is 0 or 1: no image.
  other.replace(other.find("94000 95000 150000"), 18, "1 1 0");
  CHECK(parseStat(other, stat) && stat.image == 0);
  for (const char* text :
       {"", "(", ")", ")(", "1 (x)", "x (y) S 1 1", "0 (x) S 1 1 1", "1 (x) S", "-4 (x) S 1 1 1", "1 (x) SS 1 1 1"})
    CHECK(!parseStat(text, stat));
  for (size_t length = 0; length < whole.size(); ++length) parseStat(std::string_view(whole).substr(0, length), stat);
}

void testStatm() {
  Statm statm;
  CHECK(parseStatm("16970 16693 16670 5 0 81 0\n", statm));
  CHECK(statm.size == 16970 && statm.resident == 16693 && statm.shared == 16670);
  CHECK(parseStatm("0 0 0 0 0 0 0\n", statm) && statm.size == 0);
  for (const char* text : {"", "1", "1 2", "a b c", "-1 2 3", "1 2 99999999999999999999999", "1,2,3"})
    CHECK(!parseStatm(text, statm));
}

void testRollup() {
  const char* text =
      "55ac07b1a000-7ffdf84b1000 ---p 00000000 00:00 0                          [rollup]\n"
      "Rss:                1724 kB\nPss:                 387 kB\nPss_Dirty:           116 kB\nPss_Anon:            116 "
      "kB\n"
      "Pss_File:            271 kB\nPss_Shmem:            12 kB\nShared_Clean:       1552 kB\nPrivate_Clean:        56 "
      "kB\n"
      "Private_Dirty:       116 kB\nAnonymous:           117 kB\nAnonHugePages:         0 kB\nShared_Hugetlb:     2048 "
      "kB\n"
      "Private_Hugetlb:    4096 kB\nSwap:                  8 kB\nSwapPss:               4 kB\nLocked:                0 "
      "kB\n";
  Rollup rollup;
  CHECK(parseRollup(text, rollup));
  CHECK(rollup.resident == 1724 * 1024 && rollup.pss == 387 * 1024 && rollup.pssAnon == 116 * 1024 &&
        rollup.pssFile == 271 * 1024);
  CHECK(rollup.pssShared == 12 * 1024 && rollup.anon == 117 * 1024 && rollup.privateClean == 56 * 1024 &&
        rollup.privateDirty == 116 * 1024);
  CHECK(rollup.swap == 8 * 1024 && rollup.swapPss == 4 * 1024 && rollup.privateHuge == 4096 * 1024 &&
        rollup.sharedHuge == 2048 * 1024);
  CHECK(!parseRollup("", rollup) && !parseRollup("Pss: 3 kB\n", rollup) && !parseRollup("Rss", rollup));
  CHECK(parseRollup("Rss: what kB", rollup) && rollup.resident == 0);
}

void testOthers() {
  ProcessStatus status;
  CHECK(
      parseStatus("Name:\tx\nTgid:\t12\nPPid:\t3\nVmHWM:\t  100 kB\nRssAnon:\t 50 kB\nRssShmem:\t7 kB\nVmPTE:\t 44 "
                  "kB\nVmSwap:\t 2 kB\nThreads:\t9\n",
                  status));
  CHECK(status.threadGroup == 12 && status.parent == 3 && status.highWater == 102400 && status.residentAnon == 51200);
  CHECK(status.residentShared == 7168 && status.pageTables == 45056 && status.swap == 2048 && status.threads == 9);
  CHECK(!parseStatus("Name:\tTgid: 5\n", status) && !parseStatus("", status));
  CHECK(parseLastPid("0.12 0.28 1.03 1/90 20564\n") == 20564);
  CHECK(!parseLastPid("0.12 0.28 1.03 1/90\n") && !parseLastPid("") && !parseLastPid("a b c d e"));
  CHECK(numberAfter("12345\n", "") == 12345 && numberAfter("", "") == 0);
  CHECK(numberAfter("anon_thp 5\nanon 7\n", "anon ") == 7 && numberAfter("xanon 7\n", "anon ") == 0 &&
        numberAfter("max\n", "") == 0);
  const char* pressure =
      "some avg10=0.00 avg60=0.00 avg300=0.00 total=3287572\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=2821460\n";
  CHECK(stallMicros(pressure, "some ") == 3287572 && stallMicros(pressure, "full ") == 2821460 &&
        stallMicros("some", "full ") == 0);
  CHECK(stallMicros("full total", "full ") == 0);
}

/// Whatever the bytes, nothing is read outside of them: the sanitizers watch.
void testNoise() {
  std::mt19937_64 random(4711);
  const std::string seeds[] = {statText("node"), "16970 16693 16670 5 0 81 0\n", "Rss: 1724 kB\nPss_Anon: 116 kB\n",
                               "Tgid:\t12\nVmHWM:\t 100 kB\n", "some avg10=0.00 total=32\n"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds[round % std::size(seeds)];
    for (uint64_t change = random() % 8; change > 0; --change)
      text[random() % text.size()] = static_cast<char>(random());
    text.resize(random() % (text.size() + 1));
    // Exactly as long as it is, so that one byte too many is seen.
    const std::unique_ptr<char[]> bytes(new char[text.size()]);
    std::memcpy(bytes.get(), text.data(), text.size());
    const std::string_view view(bytes.get(), text.size());
    Statm statm;
    ProcessStat stat;
    Rollup rollup;
    ProcessStatus status;
    parseStatm(view, statm);
    if (parseStat(view, stat)) CHECK(stat.pid > 0 && stat.name[15] == '\0');
    parseRollup(view, rollup);
    parseStatus(view, status);
    parseLastPid(view);
    numberAfter(view, "Rss:");
    stallMicros(view, "some ");
  }
  CHECK(true);
}

}  // namespace

int main() {
  testStat();
  testStatm();
  testRollup();
  testOthers();
  testNoise();
  return checkResult();
}
