#include "cli/output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace v8py {

void PrepareStandardStreams() {
  for (int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
  for (int fd = 0; fd < 3; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is `fd`, because those below are open.
    if (open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) < 0) return;
  }
}

int WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    ssize_t written = write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      poll(&ready, 1, -1);
      continue;
    }
    if (written < 0) return errno;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return 0;
}

int OutputLost(int fd, int error) {
  if (error == EPIPE) return kExitClosedOutput;
  const char* stream = fd == STDOUT_FILENO ? "output" : "error";
  PrintError(std::string("cannot write standard ") + stream + ": " + strerror(error));
  return kExitFault;
}

int Print(std::string_view text) {
  int error = WriteAll(STDOUT_FILENO, text.data(), text.size());
  return error == 0 ? 0 : OutputLost(STDOUT_FILENO, error);
}

void PrintError(std::string_view message) {
  std::string line = "v8py: " + std::string(message) + "\n";
  WriteAll(STDERR_FILENO, line.data(), line.size());
}

}  // namespace v8py
