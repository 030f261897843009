// Memory that is handed over a socket: to whom, with what, and that nobody who asks can stop or hurt the one who answers.

#include "../core/linux/handover.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <thread>

#include "../core/linux/abstract_socket.h"
#include "check.h"

namespace {

std::string nameFor(const char* what) {
  return std::string("mm.test.") + what + "." + std::to_string(getpid());
}

mm::UniqueFd memoryOf(const char* text) {
  mm::UniqueFd fd(memfd_create("mm-test", MFD_CLOEXEC));
  CHECK(pwrite(fd.get(), text, std::strlen(text), 0) == static_cast<ssize_t>(std::strlen(text)));
  return fd;
}

int openDescriptors() {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

int connectRaw(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  CHECK(connect(fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
  return fd;
}

void whatIsHandedOverArrives() {
  const std::string name = nameFor("arrives");
  const mm::UniqueFd first = memoryOf("first memory");
  const mm::UniqueFd second = memoryOf("second");
  const auto server = mm::HandoverServer::start(name, {{first.get(), 6, 6}, {second.get(), 0, 6}}, "{\"a\":1}");
  if (!CHECK(server.ok())) return;
  const auto got = mm::receiveHandover(name, getpid(), 1000);
  if (!CHECK(got.ok()) || !CHECK(got.value.parts.size() == 2)) return;
  CHECK(got.value.metadata == "{\"a\":1}");
  CHECK(got.value.parts[0].offset == 6 && got.value.parts[0].length == 6 && got.value.parts[1].length == 6);
  char bytes[6];
  CHECK(pread(got.value.parts[0].fd.get(), bytes, 6, 6) == 6 && std::memcmp(bytes, "memory", 6) == 0);
  CHECK(fcntl(got.value.parts[0].fd.get(), F_GETFD) & FD_CLOEXEC);
  CHECK(mm::HandoverServer::start(name, {}, "").status.error == EADDRINUSE);
  CHECK(mm::receiveHandover(name, getpid() + 1, 1000).status.error == EPERM);
}

void nobodyIsThere() {
  CHECK(mm::receiveHandover(nameFor("nobody"), getpid(), 100).status.error == ECONNREFUSED);
  const std::string name = nameFor("ended");
  { CHECK(mm::HandoverServer::start(name, {}, "").ok()); }
  CHECK(mm::receiveHandover(name, getpid(), 100).status.error == ECONNREFUSED);
  // Somebody has the name and never answers.
  const auto silent = mm::listenAbstract(nameFor("silent"));
  CHECK(mm::receiveHandover(nameFor("silent"), getpid(), 50).status.error == ETIMEDOUT);
}

/// One message from somebody who has the name.
mm::Status answerOf(const std::string& message, int fdCount) {
  const std::string name = nameFor("liar");
  const auto listener = mm::listenAbstract(name);
  std::thread liar([&] {
    int client = -1;
    while (client < 0) client = accept4(listener.value.get(), nullptr, nullptr, SOCK_CLOEXEC);
    const mm::UniqueFd closing(client);
    const mm::UniqueFd fd = memoryOf("x");
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 8)] = {};
    iovec piece{const_cast<char*>(message.data()), message.size()};
    msghdr sent{};
    sent.msg_iov = &piece;
    sent.msg_iovlen = 1;
    if (fdCount > 0) {
      sent.msg_control = control;
      sent.msg_controllen = CMSG_SPACE(sizeof(int) * static_cast<size_t>(fdCount));
      cmsghdr* rights = CMSG_FIRSTHDR(&sent);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(sizeof(int) * static_cast<size_t>(fdCount));
      for (int at = 0; at < fdCount; ++at) {
        const int value = fd.get();
        std::memcpy(CMSG_DATA(rights) + static_cast<size_t>(at) * sizeof(int), &value, sizeof(int));
      }
    }
    sendmsg(client, &sent, MSG_NOSIGNAL);
  });
  const mm::Status status = mm::receiveHandover(name, getpid(), 1000).status;
  liar.join();
  return status;
}

void whatMakesNoSenseIsRefused() {
  const int before = openDescriptors();
  std::string header(48, '\0');
  const uint32_t magic = 0x68'6d'6d'31;
  std::memcpy(header.data(), &magic, 4);
  CHECK(answerOf("", 0).error == EBADMSG);
  CHECK(answerOf("short", 1).error == EBADMSG);
  CHECK(answerOf(std::string(48, 'x'), 0).error == EBADMSG);
  CHECK(answerOf(std::string(70'000, 'x'), 2).error == EBADMSG);
  CHECK(answerOf(header, 0).ok());
  CHECK(answerOf(header, 1).error == EBADMSG);
  CHECK(answerOf(header, 8).error == EBADMSG);
  header[4] = 1;
  CHECK(answerOf(header, 1).error == EBADMSG);  // A part of length 0.
  header[24] = 1;
  CHECK(answerOf(header, 1).ok());
  header[16] = 1;
  CHECK(answerOf(header, 1).error == EBADMSG);  // A part past the end of its file.
  header[16] = 0;
  header[8] = 1;
  CHECK(answerOf(header, 1).error == EBADMSG);  // Metadata that is not there.
  for (uint32_t seed = 1; seed < 300; ++seed) {
    std::string noise(seed % 120, '\0');
    uint32_t state = seed * 2654435761u;
    for (char& byte : noise) byte = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
    if (noise.size() >= 4 && seed % 2 == 0) std::memcpy(noise.data(), &magic, 4);
    static_cast<void>(answerOf(noise, static_cast<int>(seed % 3)).ok());
  }
  CHECK(openDescriptors() == before);
}

void clientsThatMisbehaveHoldNobodyUp() {
  const std::string name = nameFor("clients");
  const mm::UniqueFd memory = memoryOf("memory");
  const auto server = mm::HandoverServer::start(name, {{memory.get(), 0, 6}}, std::string(4096, 'm'));
  if (!CHECK(server.ok())) return;
  std::vector<mm::UniqueFd> slow;
  for (int round = 0; round < 50; ++round) {
    slow.emplace_back(connectRaw(name));            // Never reads.
    const mm::UniqueFd gone(connectRaw(name));      // Leaves at once: EPIPE.
    const mm::UniqueFd noisy(connectRaw(name));     // Talks, which nobody hears.
    static_cast<void>(send(noisy.get(), "garbage", 7, MSG_NOSIGNAL | MSG_DONTWAIT));
  }
  CHECK(mm::receiveHandover(name, getpid(), 1000).ok());
  std::vector<std::thread> askers;
  for (int at = 0; at < 8; ++at) {
    askers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) CHECK(mm::receiveHandover(name, getpid(), 2000).ok());
    });
  }
  for (std::thread& asker : askers) asker.join();
  CHECK(server.value->answered() >= 401);
}

void withoutAFreeDescriptorItWaits() {
  const std::string name = nameFor("full");
  const auto server = mm::HandoverServer::start(name, {}, "late");
  if (!CHECK(server.ok())) return;
  const mm::UniqueFd client(connectRaw(name));
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const mm::UniqueFd second(connectRaw(name));
  const rlimit none{3, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  CHECK(mm::listenAbstract(nameFor("none")).status.error == EMFILE);
  usleep(120'000);
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(mm::receiveHandover(name, getpid(), 1000).ok());
}

void anotherUserGetsNothing() {
  if (geteuid() != 0) {
    std::printf("not root: another user's requests are not tried\n");
    return;
  }
  const std::string name = nameFor("user");
  const mm::UniqueFd memory = memoryOf("memory");
  const auto server = mm::HandoverServer::start(name, {{memory.get(), 0, 6}}, "secret");
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    if (setresuid(65534, 65534, 65534) != 0) _exit(9);
    // Refused by us, who see that the listener is not of our user; then by the server, who sees that we are not of its own.
    if (mm::receiveHandover(name, parent, 500).status.error != EPERM) _exit(1);
    const int fd = connectRaw(name);
    char bytes[64];
    _exit(recv(fd, bytes, sizeof(bytes), 0) == 0 ? 0 : 2);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(server.value->answered() == 0 && server.value->refused() == 2);
  CHECK(mm::receiveHandover(name, getpid(), 1000).ok());
}

}  // namespace

int main() {
  whatIsHandedOverArrives();
  nobodyIsThere();
  whatMakesNoSenseIsRefused();
  clientsThatMisbehaveHoldNobodyUp();
  withoutAFreeDescriptorItWaits();
  anotherUserGetsNothing();
  return checkResult();
}
