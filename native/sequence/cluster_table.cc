#include "cluster_table.h"

#include <cstring>
#include <initializer_list>
#include <string_view>

#include "../core/bytes.h"
#include "../core/decimal.h"

namespace mm {

namespace {

/// The row of the representative itself sorts before those of its members.
SortKey keyOf(const ClusterRow& row) {
  return {row.representative, row.member == row.representative ? 0 : row.member + 1};
}

bool readRow(const SortedRecord& record, ClusterRow& row) {
  row.representative = record.key.high;
  row.member = record.key.low == 0 ? record.key.high : record.key.low - 1;
  ByteReader in{record.payload};
  row.isReverse = in.byte() != 0;
  for (uint64_t* value : {&row.length, &row.memberStart, &row.memberEnd, &row.representativeStart,
                          &row.representativeEnd, &row.matches, &row.columns}) {
    *value = in.varint();
  }
  row.name = in.rest();
  return in.ok();
}

/// Parts per ten thousand, rounded down: what the thresholds are compared with.
uint64_t tenThousandths(uint64_t part, uint64_t whole) {
  return whole == 0 ? 10'000 : part * 10'000 / whole;
}

/// Collects what is written, and the first failure.
class Line {
 public:
  explicit Line(OutputFile& out) : out_(out) {}

  Line& text(std::string_view text) { return bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()}); }
  Line& bytes(std::span<const uint8_t> bytes) {
    if (outcome_.ok()) outcome_ = out_.write(bytes);
    return *this;
  }
  Line& number(uint64_t value, char before) { return bytes(Decimal(value, before).bytes()); }
  /// value / 10^digits, with so many digits behind the point.
  Line& fixed(uint64_t value, unsigned digits) {
    char out[24];
    size_t at = sizeof out;
    for (unsigned digit = 0; value > 0 || digit <= digits; ++digit, value /= 10) {
      if (digit == digits) out[--at] = '.';
      out[--at] = static_cast<char>('0' + value % 10);
    }
    return text({out + at, sizeof out - at});
  }
  const Outcome& outcome() const { return outcome_; }

 private:
  OutputFile& out_;
  Outcome outcome_;
};

/// What stays the same over the rows of a cluster.
struct Cluster {
  std::span<const uint8_t> name;
  uint64_t number = 0;
  uint64_t size = 0;
};

void writeTsv(Line& line, const Cluster& cluster, const ClusterRow& row) {
  line.bytes(cluster.name).text("\t").bytes(row.name).text("\t");
  line.fixed(tenThousandths(row.matches, row.columns), 4).text("\t");
  line.fixed(tenThousandths(row.memberEnd - row.memberStart, row.length), 4).text(row.isReverse ? "\t-" : "\t+");
  for (const uint64_t value : {row.representative, row.member, row.representativeStart, row.representativeEnd,
                               row.memberStart, row.memberEnd}) {
    line.number(value, '\t');
  }
  line.text("\n");
}

void writeClstr(Line& line, const Cluster& cluster, const ClusterRow& row, Alphabet alphabet) {
  const bool isNucleotide = alphabet == Alphabet::nucleotide;
  if (cluster.size == 1) line.text(">Cluster").number(cluster.number, ' ').text("\n");
  const auto index = Decimal(cluster.size - 1, ' ');
  line.bytes(index.bytes().subspan(1)).number(row.length, '\t').text(isNucleotide ? "nt, >" : "aa, >").bytes(row.name);
  if (row.member == row.representative) {
    line.text("... *\n");
    return;
  }
  line.text("... at ");
  if (isNucleotide) line.text(row.isReverse ? "-/" : "+/");
  line.fixed(tenThousandths(row.matches, row.columns), 2).text("%\n");
}

void writeUc(Line& line, const Cluster& cluster, const ClusterRow& row) {
  const bool isRepresentative = row.member == row.representative;
  line.text(isRepresentative ? "S" : "H").number(cluster.number, '\t').number(row.length, '\t');
  if (isRepresentative) {
    line.text("\t*\t*\t*\t*\t*\t").bytes(row.name).text("\t*\n");
    return;
  }
  line.text("\t").fixed(tenThousandths(row.matches, row.columns) / 10, 1).text(row.isReverse ? "\t-" : "\t+");
  line.text("\t0\t0\t*\t").bytes(row.name).text("\t").bytes(cluster.name).text("\n");
}

void writeUcEnd(Line& line, const Cluster& cluster) {
  line.text("C")
      .number(cluster.number, '\t')
      .number(cluster.size, '\t')
      .text("\t*\t*\t*\t*\t*\t")
      .bytes(cluster.name)
      .text("\t*\n");
}

}  // namespace

Outcome addClusterRow(ExternalSorter& rows, const ClusterRow& row, std::span<uint8_t> scratch) {
  ByteWriter out{scratch};
  out.byte(row.isReverse ? 1 : 0);
  for (const uint64_t value : {row.length, row.memberStart, row.memberEnd, row.representativeStart,
                               row.representativeEnd, row.matches, row.columns}) {
    out.varint(value);
  }
  out.bytes(row.name);
  return rows.add(keyOf(row), out.written());
}

Outcome writeClusterTable(ExternalSorter& rows, ClusterFormat format, Alphabet alphabet, OutputFile& out,
                          std::span<uint8_t> name, Progress& progress) {
  if (const Outcome finished = rows.finish(); !finished.ok()) return finished;
  Line line(out);
  Cluster cluster;
  for (;;) {
    if (progress.cancelled) return Outcome::wasCancelled();
    SortedRecord record;
    bool hasRecord = false;
    if (const Outcome next = rows.next(record, hasRecord); !next.ok()) return next;
    const bool startsCluster = hasRecord && record.key.low == 0;
    if (format == ClusterFormat::uc && cluster.size > 0 && (!hasRecord || startsCluster)) writeUcEnd(line, cluster);
    if (!hasRecord) break;
    ClusterRow row;
    if (!readRow(record, row)) return Outcome::failed({EBADMSG, "rows of the cluster table"});
    if (startsCluster) {
      std::memcpy(name.data(), row.name.data(), row.name.size());
      cluster = {name.first(row.name.size()), cluster.size == 0 ? 0 : cluster.number + 1, 0};
    }
    ++cluster.size;
    if (format == ClusterFormat::tsv) writeTsv(line, cluster, row);
    if (format == ClusterFormat::clstr) writeClstr(line, cluster, row, alphabet);
    if (format == ClusterFormat::uc) writeUc(line, cluster, row);
    if (!line.outcome().ok()) return line.outcome();
  }
  if (!line.outcome().ok()) return line.outcome();
  return out.flush();
}

}  // namespace mm
