#include "os/private_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

namespace v8py {

Result<PrivateFolder> PrivateFolder::Open(const std::string& path, Missing missing) {
  if (missing == Missing::kIsMade && mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Fail(ErrnoError("make the folder " + path, errno));
  }
  int fd = open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return Fail(ErrnoError("the folder " + path, errno));
  PrivateFolder folder(path, fd);
  struct stat status {};
  if (fstat(fd, &status) != 0) return Fail(ErrnoError("the folder " + path, errno));
  if (status.st_uid != geteuid()) {
    return Fail(WorldError("the folder " + path + " belongs to another user (" +
                           std::to_string(status.st_uid) +
                           "); set XDG_RUNTIME_DIR to a folder of your own"));
  }
  if (status.st_mode & 077) {
    return Fail(WorldError("others can enter the folder " + path + "; delete it, or chmod 700 " +
                           path + " if you trust what is in it"));
  }
  return folder;
}

std::string PrivateFolder::RuntimePath() {
  const char* runtime = getenv("XDG_RUNTIME_DIR");
  struct stat status {};
  if (runtime && *runtime == '/' && stat(runtime, &status) == 0 && status.st_uid == geteuid()) {
    return std::string(runtime) + "/v8py";
  }
  return "/tmp/v8py-" + std::to_string(geteuid());
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

PrivateFolder::~PrivateFolder() {
  if (fd_ >= 0) close(fd_);
}

std::string PrivateFolder::Entry(const std::string& name) const {
  return "/proc/self/fd/" + std::to_string(fd_) + "/" + name;
}

}  // namespace v8py
