#include "cli/background.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace v8py {

namespace {

// Beyond this a log is begun anew.
constexpr off_t kMaxLog = off_t{1} << 20;

void MakeFoldersOf(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    mkdir(path.substr(0, slash).c_str(), 0700);
  }
}

int OpenLog(const std::string& path) {
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > kMaxLog &&
      ftruncate(fd, 0) != 0) {
    return fd;  // then it grows
  }
  return fd;
}

}  // namespace

std::string ReadAll(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) != 0;) {
    if (got > 0) {
      text.append(buffer, static_cast<size_t>(got));
    } else if (errno != EINTR) {
      break;
    }
  }
  return text;
}

std::string LastLine(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

Result<pid_t> Spawn(const std::vector<std::string>& words, int input, int output, int errors) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  if (input < 0) {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  } else {
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  }
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> arguments = {const_cast<char*>("v8py")};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  int error = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return Fail(ErrnoError("start v8py in the background", error));
  return pid;
}

std::string LogPath(const std::string& name) {
  const char* state = getenv("XDG_STATE_HOME");
  const char* home = getenv("HOME");
  std::string folder;
  if (state && *state == '/') {
    folder = state;
  } else if (home && *home == '/') {
    folder = std::string(home) + "/.local/state";
  } else {
    return "/dev/null";
  }
  return folder + "/v8py/" + name + ".log";
}

Result<std::string> StartInBackground(const std::vector<std::string>& words,
                                      const std::string& log) {
  MakeFoldersOf(log);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Fail(ErrnoError("pipe", errno));
  int log_fd = OpenLog(log);
  off_t before = lseek(log_fd, 0, SEEK_END);
  Result<pid_t> pid = Spawn(words, -1, ends[1], log_fd);
  close(ends[1]);
  // It says one line, and then puts something else in the place of its standard output.
  std::string line = LastLine(pid ? ReadAll(ends[0]) : "");
  close(ends[0]);
  lseek(log_fd, before, SEEK_SET);
  std::string why = LastLine(ReadAll(log_fd));
  close(log_fd);
  if (!pid) return Fail(pid.error());
  if (line.empty()) {
    return Fail(
        WorldError("it ended before it was ready" + (why.empty() ? "; see " + log : ": " + why)));
  }
  return line;
}

}  // namespace v8py
