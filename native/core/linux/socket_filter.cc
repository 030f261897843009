#include "socket_filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <iterator>

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif

namespace mm {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif
/// On x64 the calls of the x32 ABI carry this bit; arm64 has no numbers near it.
constexpr uint32_t kOtherAbiBit = 0x40000000;

constexpr uint32_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr uint32_t kIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr uint32_t kIfAtLeast = BPF_JMP | BPF_JGE | BPF_K;
constexpr uint32_t kReturn = BPF_RET | BPF_K;

constexpr sock_filter step(uint32_t code, uint32_t value, uint8_t skipIfTrue = 0, uint8_t skipIfFalse = 0) {
  return {static_cast<uint16_t>(code), skipIfTrue, skipIfFalse, value};
}

constexpr sock_filter kProgram[] = {
    step(kLoad, offsetof(seccomp_data, arch)),
    step(kIfEqual, kArchitecture, 1, 0),
    // A program of another architecture numbers its calls otherwise: it is ended (SIGSYS) at its first.
    step(kReturn, SECCOMP_RET_KILL_PROCESS),
    step(kLoad, offsetof(seccomp_data, nr)),
    step(kIfAtLeast, kOtherAbiBit, 3, 0),
    step(kIfEqual, SYS_socket, 3, 0),
    // A ring would open sockets past this filter (IORING_OP_SOCKET).
    step(kIfEqual, SYS_io_uring_setup, 1, 0),
    step(kReturn, SECCOMP_RET_ALLOW),
    step(kReturn, SECCOMP_RET_ERRNO | ENOSYS),
    step(kReturn, SECCOMP_RET_ERRNO | EACCES),
};

}  // namespace

Status refuseSockets() {
  const sock_fprog program{static_cast<uint16_t>(std::size(kProgram)), const_cast<sock_filter*>(kProgram)};
  // SPEC_ALLOW: kernels before 5.16 otherwise switch speculation off in filtered processes, which slows an encoder down.
  const long failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
  if (failed == 0 || errno == EINVAL || errno == ENOSYS) return {};
  return Status::last("seccomp");
}

}  // namespace mm
