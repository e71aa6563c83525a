// The jail, each right with its negative control: the same probe without the jail succeeds.
#include "worker/jail.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "os/landlock.h"

namespace v8py {

namespace {

enum class Guard { kOn, kOff };

// What `probe` returns in a child process, with or without the jail. 100: the jail failed.
int InChild(Guard guard, const std::function<int()>& probe) {
  int pair[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  pid_t child = fork();
  if (child == 0) {
    if (guard == Guard::kOn && !EnterJail({&pair[1], 1})) _exit(100);
    _exit(probe());
  }
  int status = 0;
  waitpid(child, &status, 0);
  close(pair[0]);
  close(pair[1]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

// Whether a probe that needs a right (1: it has it) is stopped by the jail and only by it.
void CheckGuarded(const std::function<int()>& probe) {
  CHECK(InChild(Guard::kOff, probe) == 1);
  CHECK(InChild(Guard::kOn, probe) == 0);
}

int OpenDescriptors() {
  int open = 0;
  for (int fd = 0; fd < 1024; ++fd) open += fcntl(fd, F_GETFD) >= 0;
  return open;
}

}  // namespace

TEST_CASE("no file can be opened in the jail") {
  REQUIRE(LandlockAbi() > 0);
  CheckGuarded([] { return open("/etc/passwd", O_RDONLY) >= 0 ? 1 : 0; });
  CheckGuarded([] { return open("/proc/self/status", O_RDONLY) >= 0 ? 1 : 0; });
  CheckGuarded([] { return open("/tmp", O_TMPFILE | O_WRONLY, 0600) >= 0 ? 1 : 0; });
}

TEST_CASE("no program can be executed in the jail") {
  CheckGuarded([] {
    pid_t child = fork();
    if (child == 0) {
      execl("/bin/true", "true", nullptr);
      _exit(9);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 : 0;
  });
}

TEST_CASE("no TCP connection can be made in the jail") {
  if (LandlockAbi() < 4) {
    MESSAGE("not tested: this kernel's Landlock (version ", LandlockAbi(), ") knows no TCP");
    return;
  }
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener, 1) == 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  CheckGuarded([&] {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 1 : 0;
  });
  close(listener);
}

TEST_CASE("no process outside can be signalled from the jail") {
  if (LandlockAbi() < 6) {
    MESSAGE("not tested: this kernel's Landlock (version ", LandlockAbi(), ") knows no signals");
    return;
  }
  pid_t parent = getpid();
  CheckGuarded([parent] { return kill(parent, 0) == 0 ? 1 : 0; });
}

TEST_CASE("the jail leaves one descriptor") {
  CHECK(InChild(Guard::kOff, OpenDescriptors) > 1);
  CHECK(InChild(Guard::kOn, OpenDescriptors) == 1);
}

TEST_CASE("no new privileges can be gained in the jail, and the parent's end is the child's") {
  CheckGuarded([] { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? 1 : 0; });
  CheckGuarded([] {
    int signal = 0;
    prctl(PR_GET_PDEATHSIG, &signal);
    return signal == 0 ? 1 : 0;
  });
}

}  // namespace v8py
