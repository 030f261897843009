#include "file_system.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

namespace mm {
namespace {

// Not in linux/magic.h (statfs(2) lists them).
constexpr uint32_t kXfsMagic = 0x58465342;
constexpr uint32_t kZfsMagic = 0x2fc12fc1;
constexpr uint32_t kCifsMagic = 0xff534d42;
constexpr uint32_t kLustreMagic = 0x0bd00bd0;

struct Type {
  uint32_t magic;
  const char* name;
  bool isMemory;
};

// ext2, ext3 and ext4 share one number.
constexpr Type kTypes[] = {
    {TMPFS_MAGIC, "tmpfs", true},
    {RAMFS_MAGIC, "ramfs", true},
    {HUGETLBFS_MAGIC, "hugetlbfs", true},
    {EXT4_SUPER_MAGIC, "ext4", false},
    {kXfsMagic, "xfs", false},
    {BTRFS_SUPER_MAGIC, "btrfs", false},
    {OVERLAYFS_SUPER_MAGIC, "overlay", false},
    {NFS_SUPER_MAGIC, "nfs", false},
    {FUSE_SUPER_MAGIC, "fuse", false},
    {F2FS_SUPER_MAGIC, "f2fs", false},
    {kZfsMagic, "zfs", false},
    {kCifsMagic, "cifs", false},
    {V9FS_MAGIC, "9p", false},
    {kLustreMagic, "lustre", false},
};

}  // namespace

Result<FileSystem> readFileSystem(const char* path) {
  struct statfs system;
  if (statfs(path, &system) != 0) return Status::last("statfs");
  FileSystem result;
  const uint64_t blockBytes = static_cast<uint64_t>(system.f_frsize != 0 ? system.f_frsize : system.f_bsize);
  result.availableBytes = static_cast<uint64_t>(system.f_bavail) * blockBytes;
  for (const Type& type : kTypes) {
    if (type.magic != static_cast<uint32_t>(system.f_type)) continue;
    result.typeName = type.name;
    result.isMemory = type.isMemory;
  }
  return result;
}

Status dropCache(int fd, uint64_t offset, uint64_t length) {
  const auto start = static_cast<off64_t>(offset);
  const auto bytes = static_cast<off64_t>(length);
  constexpr unsigned kWriteBack = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  // DONTNEED passes dirty pages by, so they are written first. EINVAL and ENOSYS: a file system without write-back.
  if (sync_file_range(fd, start, bytes, kWriteBack) != 0 && errno != EINVAL && errno != ENOSYS) {
    return Status::last("sync_file_range");
  }
  const int error = posix_fadvise(fd, start, bytes, POSIX_FADV_DONTNEED);
  return error == 0 ? Status{} : Status{error, "posix_fadvise"};
}

}  // namespace mm
