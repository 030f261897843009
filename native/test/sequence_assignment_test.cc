// Assignments and their operations: written, read again, and read damaged.

#include "../sequence/assignment.h"
#include "../sequence/member_steps.h"
#include "../core/varint.h"

#include <vector>

#include "check.h"
#include "sequence_assignments.h"
#include "sequence_random.h"

namespace {

using Bytes = std::vector<uint8_t>;
using mm::Edit;

Bytes bytesOf(const std::string& text) {
  return {text.begin(), text.end()};
}

std::string textOf(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

/// Operations that turn one random sequence into another, and that other.
std::string randomOperations(mm_test::Random& random, const std::string& from, mm::OperationWriter& writer) {
  std::string to;
  size_t at = 0;
  while (at < from.size()) {
    const size_t copy = random() % 20 % (from.size() - at + 1);
    to += from.substr(at, copy);
    at += copy;
    const Edit edit = static_cast<Edit>(1 + random() % 3);
    const size_t most = edit == Edit::insert ? 5 : std::min<size_t>(5, from.size() - at);
    if (most == 0) {
      CHECK(writer.add({copy, Edit::end, 0, {}}));
      return to;
    }
    const size_t length = 1 + random() % most;
    const std::string residues = mm_test::randomSequence(random, length, mm_test::kAminoAcids);
    const Bytes bytes = bytesOf(residues);
    CHECK(writer.add({copy, edit, length, edit == Edit::erase ? std::span<const uint8_t>{} : bytes}));
    if (edit != Edit::insert) at += length;
    if (edit != Edit::erase) to += residues;
  }
  CHECK(writer.add({0, Edit::end, 0, {}}));
  return to;
}

void varintsComeBack() {
  Bytes room(10);
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const uint64_t value : {(uint64_t{1} << bits) - 1, uint64_t{1} << bits}) {
      const size_t written = mm::encodeVarint(value, room);
      uint64_t read = 0;
      CHECK(written != 0 && mm::decodeVarint(std::span(room).first(written), read) == written && read == value);
      CHECK(mm::decodeVarint(std::span(room).first(written - 1), read) == 0);
      CHECK(mm::encodeVarint(value, std::span(room).first(written - 1)) == 0);
    }
  }
  const Bytes tooLong(11, 0xFF);
  uint64_t read = 0;
  CHECK(mm::decodeVarint(tooLong, read) == 0);
}

void operationsComeBack() {
  mm_test::Random random(1);
  for (int round = 0; round < 500; ++round) {
    const std::string from = mm_test::randomSequence(random, random() % 200, mm_test::kAminoAcids);
    Bytes room(2000);
    mm::OperationWriter writer(room);
    const std::string to = randomOperations(random, from, writer);
    Bytes out(to.size());
    CHECK(mm_test::applyOperations(bytesOf(from), writer.written(), out) && textOf(out) == to);
    out.resize(to.size() + 1);
    CHECK(!mm_test::applyOperations(bytesOf(from), writer.written(), out));
  }
  Bytes out(3);
  CHECK(mm_test::applyOperations(bytesOf("ACG"), {}, out) && textOf(out) == "ACG");
  CHECK(!mm_test::applyOperations(bytesOf("ACGT"), {}, out));
}

/// Whatever the bytes are: refused, or a result of the size that was asked for. The sanitizers watch.
void damagedBytesAreRefused() {
  mm_test::Random random(2);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string from = mm_test::randomSequence(random, 1 + random() % 100, mm_test::kAminoAcids);
    Bytes room(1000);
    mm::OperationWriter writer(room);
    const std::string to = randomOperations(random, from, writer);
    const Bytes operations(writer.written().begin(), writer.written().end());
    mm::Assignment assignment{.representative = random() % 1000,
                              .isReverse = false,
                              .memberLength = to.size() + 2,
                              .memberStart = 1,
                              .memberEnd = to.size() + 1,
                              .representativeStart = 5,
                              .representativeEnd = 5 + from.size(),
                              .matches = 0,
                              .columns = from.size() + to.size(),
                              .wider = std::nullopt,
                              .operations = operations,
                              .head = std::span(operations).first(1),
                              .tail = std::span(operations).first(1)};
    if (round % 2 == 0) {
      assignment.wider = assignment.aligned();
      assignment.memberEnd = assignment.memberStart + to.size() / 2;
    }
    Bytes payload(mm_test::assignmentBytes(assignment));
    CHECK(mm_test::writeAssignment(assignment, payload) == payload.size());
    CHECK(mm_test::writeAssignment(assignment, std::span(payload).first(payload.size() - 1)) == 0);
    mm::Assignment read;
    CHECK(mm::readAssignment(payload, read) && read.memberEnd == assignment.memberEnd);
    CHECK(textOf(read.operations) == textOf(operations) && read.columns == assignment.columns);
    CHECK(read.head.size() == 1 && read.tail.size() == 1 && read.wider.has_value() == (round % 2 == 0));
    CHECK(read.aligned().memberEnd == to.size() + 1 && read.aligned().representativeEnd == 5 + from.size());
    if (random() % 2 == 0) {
      payload.resize(random() % payload.size());
    } else {
      payload[random() % payload.size()] ^= static_cast<uint8_t>(1 + random() % 255);
    }
    if (!mm::readAssignment(payload, read) || read.memberLength > 10000) {
      ++refused;
      continue;
    }
    Bytes out(read.aligned().memberEnd - read.aligned().memberStart);
    refused += !mm_test::applyOperations(bytesOf(from), read.operations, out);
    mm::MemberSteps steps(read);
    steps.settle();
    // The same, or false: what is given has the residues that it says.
    (void)steps.take(read.memberLength, [](uint64_t, Edit edit, uint64_t length, std::span<const uint8_t> residues) {
      CHECK(residues.size() == (edit == Edit::erase ? 0 : length));
    });
  }
  CHECK(refused > 1500);
}

void complementsTurnBack() {
  const auto turned = [](const std::string& text) {
    Bytes out(text.size());
    mm::reverseComplement(bytesOf(text), out);
    return textOf(out);
  };
  CHECK(turned("AACGTN-X") == "X-NACGTT");
  CHECK(turned("AACGU") == "ACGUU");
  CHECK(turned("AUT") == "AAT");
  CHECK(turned("RYKMBDHVSW") == "WSBDHVKMRY");
  mm_test::Random random(3);
  for (const std::string_view letters : {"ACGTRYKMBDHVSWN", "ACGURYKMBDHVSWN"}) {
    const std::string text = mm_test::randomSequence(random, 500, letters);
    CHECK(turned(turned(text)) == text);
  }
  CHECK(mm::isRibonucleic(bytesOf("GGU")) && !mm::isRibonucleic(bytesOf("GGUT")) && !mm::isRibonucleic({}));
}

}  // namespace

int main() {
  varintsComeBack();
  operationsComeBack();
  damagedBytesAreRefused();
  complementsTurnBack();
  return checkResult();
}
