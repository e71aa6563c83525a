#include "os/beneath.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>

namespace v8py {

namespace {

// What shows the kernel's own state as files: reading may wait, or tell of us; writing acts.
constexpr long kOfTheKernel[] = {
    PROC_SUPER_MAGIC,   SYSFS_MAGIC,        DEBUGFS_MAGIC,       TRACEFS_MAGIC,
    SECURITYFS_MAGIC,   CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,
    DEVPTS_SUPER_MAGIC, SELINUX_MAGIC,      SMACK_MAGIC,         EFIVARFS_MAGIC,
    PSTOREFS_MAGIC,     NSFS_MAGIC,         BINFMTFS_MAGIC,      0x62656570 /* configfs */,
    0x65735543 /* fusectl */};

OrErrno<Descriptor> Open(int folder, std::string_view path) {
  if (path.empty()) {
    int copy = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return tl::unexpected(errno);
    return Descriptor(copy);
  }
  std::string name(path);
  open_how how{};
  how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  for (;;) {
    long fd = syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how);
    if (fd >= 0) return Descriptor(static_cast<int>(fd));
    // EAGAIN: something was renamed at this moment.
    if (errno != EINTR && errno != EAGAIN) return tl::unexpected(errno);
  }
}

}  // namespace

bool ShowsTheKernel(int fd) {
  struct statfs system;
  if (fstatfs(fd, &system) != 0) return true;
  return std::any_of(std::begin(kOfTheKernel), std::end(kOfTheKernel),
                     [&](long magic) { return system.f_type == magic; });
}

OrErrno<Descriptor> FindBeneath(int folder, std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return tl::unexpected(EINVAL);
  OrErrno<Descriptor> found = Open(folder, path);
  // Here, and not when it is opened: to make a folder there is to act on the kernel, too.
  if (found && ShowsTheKernel(found->get())) return tl::unexpected(EACCES);
  return found;
}

OrErrno<Place> FindPlaceBeneath(int folder, std::string_view path) {
  size_t slash = path.rfind('/');
  std::string_view parent = slash == std::string_view::npos ? "" : path.substr(0, slash);
  std::string name(path.substr(slash == std::string_view::npos ? 0 : slash + 1));
  bool is_name =
      !name.empty() && name != "." && name != ".." && name.find('\0') == std::string::npos;
  if (!is_name) return tl::unexpected(EINVAL);
  OrErrno<Descriptor> found = FindBeneath(folder, parent);
  if (!found) return tl::unexpected(found.error());
  struct stat is;
  if (fstat(found->get(), &is) != 0) return tl::unexpected(errno);
  if (!S_ISDIR(is.st_mode)) return tl::unexpected(S_ISLNK(is.st_mode) ? ELOOP : ENOTDIR);
  return Place{std::move(*found), std::move(name)};
}

OrErrno<Descriptor> OpenFound(const Descriptor& found, int flags) {
  struct stat is;
  if (fstat(found.get(), &is) != 0) return tl::unexpected(errno);
  if (S_ISLNK(is.st_mode)) return tl::unexpected(ELOOP);
  if (!S_ISREG(is.st_mode) && !S_ISDIR(is.st_mode)) return tl::unexpected(EACCES);
  std::string itself = "/proc/self/fd/" + std::to_string(found.get());
  int fd =
      open(itself.c_str(), (flags & ~(O_CREAT | O_NOFOLLOW)) | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return tl::unexpected(errno);
  return Descriptor(fd);
}

}  // namespace v8py
