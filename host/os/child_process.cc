#include "os/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <tuple>

namespace v8py {

namespace {

// The descriptor under which a child finds the first that it is given.
constexpr int kFirst = 3;

// Whether the process shows its end within `timeout_ms`; -1: waits for it.
bool WaitForEnd(int pidfd, int timeout_ms) {
  pollfd ended{pidfd, POLLIN, 0};
  int count;
  while ((count = poll(&ended, 1, timeout_ms)) < 0 && errno == EINTR) {
  }
  return count > 0;
}

// posix_spawn's two option objects, which want to be destroyed.
struct SpawnOptions {
  SpawnOptions() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnOptions() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

void Configure(SpawnOptions& options, std::span<const int> descriptors) {
  // Out of the way first: one that is given may have the number that another is to get.
  int parked = kFirst + static_cast<int>(descriptors.size());
  for (int fd : descriptors) parked = std::max(parked, fd + 1);
  for (size_t i = 0; i < descriptors.size(); ++i) {
    posix_spawn_file_actions_adddup2(&options.actions, descriptors[i],
                                     parked + static_cast<int>(i));
  }
  for (int fd = 0; fd < kFirst; ++fd) {
    posix_spawn_file_actions_addopen(&options.actions, fd, "/dev/null", O_RDWR, 0);
  }
  int next = kFirst;
  for (size_t i = 0; i < descriptors.size(); ++i) {
    posix_spawn_file_actions_adddup2(&options.actions, parked + static_cast<int>(i), next++);
  }
  posix_spawn_file_actions_addclosefrom_np(&options.actions, next);

  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&options.attributes, &none);
  posix_spawnattr_setsigdefault(&options.attributes, &all);
  posix_spawnattr_setflags(&options.attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int OpenPidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

void SetLimit(pid_t pid, __rlimit_resource resource, uint64_t value) {
  rlimit limit{value, value};
  prlimit(pid, resource, &limit, nullptr);
}

}  // namespace

std::string Describe(const ExitStatus& status) {
  if (status.signal == 0) return "exit code " + std::to_string(status.code);
  const char* name = sigdescr_np(status.signal);
  return "signal " + std::to_string(status.signal) + " (" + (name ? name : "unknown") + ")";
}

Result<ChildProcess> ChildProcess::Start(const std::vector<std::string>& arguments,
                                         const std::vector<std::string>& environment,
                                         std::span<const int> descriptors) {
  SpawnOptions options;
  Configure(options, descriptors);
  pid_t pid = -1;
  int error = posix_spawn(&pid, arguments[0].c_str(), &options.actions, &options.attributes,
                          Pointers(arguments).data(), Pointers(environment).data());
  if (error != 0) return Fail(ErrnoError("start " + arguments[0], error));
  int pidfd = OpenPidfd(pid);
  if (pidfd < 0) {
    Status status = ErrnoError("pidfd_open", errno);
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return Fail(status);
  }
  SetLimit(pid, RLIMIT_CORE, 0);
  return ChildProcess(pid, pidfd);
}

ChildProcess ChildProcess::Adopt(pid_t pid, int pidfd) {
  ChildProcess process(pid, pidfd);
  process.adopted_ = true;
  return process;
}

void ChildProcess::MarkReaped() {
  if (!reaped_) cpu_at_end_ = CpuMilliseconds();
  reaped_ = true;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(other.pid_),
      pidfd_(other.pidfd_),
      adopted_(other.adopted_),
      reaped_(other.reaped_),
      cpu_at_end_(other.cpu_at_end_) {
  other.pidfd_ = -1;
  other.reaped_ = true;
}

ChildProcess::~ChildProcess() {
  if (!reaped_) Kill();
  if (!reaped_ && !adopted_) {
    WaitForEnd(pidfd_, -1);
    std::ignore = Reap();
  }
  if (pidfd_ >= 0) close(pidfd_);
}

void ChildProcess::Kill() {
  if (!reaped_) syscall(SYS_pidfd_send_signal, pidfd_, SIGKILL, nullptr, 0);
}

Result<ExitStatus> ChildProcess::Reap() {
  siginfo_t info{};
  int result;
  double cpu = CpuMilliseconds();  // of a process that has ended, but not of one that is reaped
  do {
    result = waitid(P_PIDFD, static_cast<id_t>(pidfd_), &info, WEXITED | WNOHANG);
    // A process may show its end some moments before it can be reaped.
  } while ((result < 0 && errno == EINTR) ||
           (result == 0 && info.si_pid == 0 && WaitForEnd(pidfd_, 0)));
  if (result < 0) {
    // Somebody else in this program reaped it, or it ignores SIGCHLD: how it ended is lost.
    reaped_ = true;
    return ExitStatus{-1, 0};
  }
  if (info.si_pid == 0) return Fail(WorldError("the process has not ended"));
  reaped_ = true;
  cpu_at_end_ = cpu;
  if (info.si_code == CLD_EXITED) return ExitStatus{info.si_status, 0};
  return ExitStatus{0, info.si_status};
}

double ChildProcess::CpuMilliseconds() const {
  if (reaped_) return cpu_at_end_;
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

uint64_t ChildProcess::DataBytes() const {
  if (reaped_) return 0;
  std::string path = "/proc/" + std::to_string(pid_) + "/status";
  FILE* file = fopen(path.c_str(), "re");
  if (!file) return 0;
  char line[256];
  uint64_t kilobytes = 0;
  while (fgets(line, sizeof line, file)) {
    if (strncmp(line, "VmData:", 7) == 0) kilobytes = strtoull(line + 7, nullptr, 10);
  }
  fclose(file);
  return kilobytes * 1024;
}

void ChildProcess::LimitData(uint64_t bytes) {
  if (!reaped_) SetLimit(pid_, RLIMIT_DATA, bytes);
}

void ChildProcess::LimitCpuSeconds(uint64_t seconds) {
  if (!reaped_) SetLimit(pid_, RLIMIT_CPU, seconds);
}

void ChildProcess::SetCpuSeconds(uint64_t seconds) {
  rlimit limit{};
  if (reaped_ || prlimit(pid_, RLIMIT_CPU, nullptr, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(seconds, limit.rlim_max);
  prlimit(pid_, RLIMIT_CPU, &limit, nullptr);
}

}  // namespace v8py
