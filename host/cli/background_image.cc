#include "cli/background_image.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "cli/background.h"
#include "cli/handles.h"

namespace v8py {

namespace {

// Others get ten times as much of a processor.
constexpr int kNice = 10;

// As v8py_options_configure() has them. By standard input: the URL of an index may have a password,
// and command lines are for everybody to read.
std::string PackagesAsJson(const PackageOptions& packages) {
  Json json = {{"with", packages.requirements}, {"offline", packages.offline}};
  if (!packages.indexes.empty()) json["index-url"] = packages.indexes;
  if (!packages.find_links.empty()) json["find-links"] = packages.find_links;
  if (!packages.distribution.empty()) json["packages-from"] = packages.distribution;
  return DumpJson(json);
}

// One name for the same words: an image takes the place of the one before, and of nobody else's.
std::string NameFor(const std::string& words) {
  char name[32];
  snprintf(name, sizeof name, "auto-%016zx", std::hash<std::string>()(words));
  return name;
}

// A file in memory. Goes with the object.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& text = "") : fd_(memfd_create("v8py", MFD_CLOEXEC)) {
    if (write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
      lseek(fd_, 0, SEEK_SET);
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Waits for the child; its exit code, or minus the signal. `stop` kills it.
int WaitFor(pid_t pid, const std::stop_token& stop) {
  siginfo_t ended{};
  {
    // Until it is reaped its number is nobody else's.
    std::stop_callback kill_it(stop, [pid] { kill(pid, SIGKILL); });
    while (waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) != 0 && errno == EINTR)
      ;
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

Status MakeImageInBackground(const PackageOptions& packages, const std::stop_token& stop) {
  const char* wish = getenv("V8PY_IMAGE");
  if (wish && (std::string_view(wish) == "use" || std::string_view(wish) == "off")) return Ok();
  std::string words = PackagesAsJson(packages);
  MemoryFile input(words), said;
  if (input.fd() < 0 || said.fd() < 0) return ErrnoError("memfd_create", errno);
  Result<pid_t> pid =
      Spawn({"image", "build", "--background", std::to_string(getpid()), "--name", NameFor(words)},
            input.fd(), said.fd(), said.fd());
  if (!pid) return pid.error();
  int code = WaitFor(*pid, stop);
  if (code == 0 || stop.stop_requested()) return Ok();
  lseek(said.fd(), 0, SEEK_SET);
  std::string why = LastLine(ReadAll(said.fd()));
  if (code < 0) return WorldError("it was ended by signal " + std::to_string(-code));
  return WorldError(why.empty() ? "exit code " + std::to_string(code) : why);
}

Status EnterBackground(std::string_view parent, v8py_options* options) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have died before that line: nobody would ever tell.
  if (std::to_string(getppid()) != parent) return CallerError("who started this has gone");
  // All threads: workers are started by another one. The group is this process.
  setpriority(PRIO_PGRP, 0, kNice);
  return mcp::ToStatus(v8py_options_configure(options, ReadAll(STDIN_FILENO).c_str()));
}

}  // namespace v8py
