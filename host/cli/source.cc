#include "cli/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/units.h"

namespace v8py {

namespace {

constexpr size_t kMaxSource = size_t{16} << 20;

Status TooLong(const std::string& name, const std::string& size) {
  return CallerError(name + " is " + size + " long; a program may have at most " +
                     FormatSize(kMaxSource));
}

Result<std::string> ReadAll(int fd, const std::string& name) {
  struct stat info {};
  if (fstat(fd, &info) != 0) return Fail(ErrnoError(name, errno));
  if (S_ISDIR(info.st_mode)) {
    return Fail(CallerError("'" + name + "' is a directory; name a file in it"));
  }
  if (S_ISREG(info.st_mode) && info.st_size > static_cast<off_t>(kMaxSource)) {
    return Fail(TooLong(name, FormatSize(static_cast<uint64_t>(info.st_size))));
  }
  std::string bytes;
  char buffer[65536];
  for (;;) {
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(ErrnoError("cannot read '" + name + "'", errno));
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(got));
    if (bytes.size() > kMaxSource) return Fail(TooLong(name, "more than 16 MiB"));
  }
}

}  // namespace

Result<std::string> ReadSource(const std::string& path) {
  if (path == "-") return ReadAll(STDIN_FILENO, "standard input");
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return Fail(ErrnoError("cannot open '" + path + "'", errno));
  Result<std::string> bytes = ReadAll(fd, path);
  close(fd);
  return bytes;
}

}  // namespace v8py
