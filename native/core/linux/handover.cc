#include "handover.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstring>

#include "abstract_socket.h"

namespace mm {
namespace {

constexpr uint32_t kMagic = 0x68'6d'6d'31;  // "1mmh"
/// Where no descriptor is left to accept with, the client waits in the queue; asking at once again would only burn the processor.
constexpr int kPauseMs = 50;

struct PartHeader {
  uint64_t offset;
  uint64_t length;
};

/// What every message begins with; the metadata follows, and the descriptors come beside it (SCM_RIGHTS).
struct Header {
  uint32_t magic;
  uint32_t partCount;
  uint32_t metadataBytes;
  uint32_t reserved;
  PartHeader parts[HandoverServer::kMostParts];
};

union Control {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * HandoverServer::kMostParts)];
};

/// All descriptors of a message, whatever it says of itself, so that none is left open.
std::vector<UniqueFd> descriptorsOf(msghdr& message) {
  std::vector<UniqueFd> found;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t at = 0; at < count; ++at) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + at * sizeof(int), sizeof(fd));
      found.emplace_back(fd);
    }
  }
  return found;
}

bool liesWithin(const PartHeader& part, int fd) {
  struct stat file;
  if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) return false;
  const auto fileBytes = static_cast<uint64_t>(file.st_size);
  return part.length > 0 && part.offset <= fileBytes && part.length <= fileBytes - part.offset;
}

}  // namespace

Result<std::unique_ptr<HandoverServer>> HandoverServer::start(const std::string& name,
                                                              const std::vector<SharedPart>& parts,
                                                              const std::string& metadata) {
  if (parts.size() > kMostParts || metadata.size() > kMostMetadataBytes) return Status{EINVAL, "handover"};
  std::unique_ptr<HandoverServer> server(new HandoverServer());
  server->parts_ = parts;
  server->metadata_ = metadata;
  for (SharedPart& part : server->parts_) {
    part.fd = fcntl(part.fd, F_DUPFD_CLOEXEC, 3);
    if (part.fd < 0) return Status::last("fcntl");
    server->descriptors_.emplace_back(part.fd);
  }
  server->stop_ = UniqueFd(eventfd(0, EFD_CLOEXEC));
  if (server->stop_.get() < 0) return Status::last("eventfd");
  Result<UniqueFd> listener = listenAbstract(name);
  if (!listener.ok()) return listener.status;
  server->listener_ = std::move(listener.value);
  const Status started = server->thread_.start("mm-handover", [self = server.get()] { self->serve(); });
  if (!started.ok()) return started;
  return server;
}

HandoverServer::~HandoverServer() {
  if (stop_.get() >= 0) eventfd_write(stop_.get(), 1);
  thread_.join();
}

void HandoverServer::serve() {
  for (;;) {
    pollfd waits[] = {{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[0].revents != 0) return;
    const UniqueFd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client.get() >= 0) {
      answer(client.get());
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
      poll(waits, 1, kPauseMs);
    }
  }
}

void HandoverServer::answer(int client) {
  Header header{kMagic, static_cast<uint32_t>(parts_.size()), static_cast<uint32_t>(metadata_.size()), 0, {}};
  Control control{};
  iovec pieces[] = {{&header, sizeof(header)}, {metadata_.data(), metadata_.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  if (!parts_.empty()) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * parts_.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * parts_.size());
    for (size_t at = 0; at < parts_.size(); ++at) {
      header.parts[at] = {parts_[at].offset, parts_[at].length};
      std::memcpy(CMSG_DATA(rights) + at * sizeof(int), &parts_[at].fd, sizeof(int));
    }
  }
  // The queue of a socket that was just made has room for the message: a client that does not read it holds nobody up.
  const bool sent = isOwnPeer(client) && sendmsg(client, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
  (sent ? answered_ : refused_).fetch_add(1);
}

Result<Handover> receiveHandover(const std::string& name, pid_t pid, int timeoutMs) {
  Result<UniqueFd> connected = connectAbstract(name, pid, timeoutMs);
  if (!connected.ok()) return connected.status;
  Header header{};
  char metadata[HandoverServer::kMostMetadataBytes];
  Control control{};
  iovec pieces[] = {{&header, sizeof(header)}, {metadata, sizeof(metadata)}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  ssize_t length;
  do {
    length = recvmsg(connected.value.get(), &message, MSG_CMSG_CLOEXEC);
  } while (length < 0 && errno == EINTR);
  if (length < 0) return errno == EAGAIN ? Status{ETIMEDOUT, "recvmsg"} : Status::last("recvmsg");
  std::vector<UniqueFd> descriptors = descriptorsOf(message);
  const Status malformed{EBADMSG, "recvmsg"};
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return malformed;
  if (static_cast<size_t>(length) < sizeof(header) || header.magic != kMagic) return malformed;
  if (header.metadataBytes != static_cast<size_t>(length) - sizeof(header)) return malformed;
  if (header.partCount > HandoverServer::kMostParts || header.partCount != descriptors.size()) return malformed;
  Handover handover;
  for (size_t at = 0; at < descriptors.size(); ++at) {
    if (!liesWithin(header.parts[at], descriptors[at].get())) return malformed;
    handover.parts.push_back({std::move(descriptors[at]), header.parts[at].offset, header.parts[at].length});
  }
  handover.metadata.assign(metadata, header.metadataBytes);
  return handover;
}

}  // namespace mm
