#include "os/child_process.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "unit/leak_check.h"

namespace v8py {

namespace {

// Against what never comes: machines are slow at times.
constexpr int kPatienceMs = 60'000;

struct Started {
  explicit Started(const std::string& script) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    socket = ends[0];
    process.emplace(ChildProcess::Start({"/bin/sh", "-c", script}, {"A=b"}, {&ends[1], 1}).value());
    close(ends[1]);
  }
  ~Started() { close(socket); }

  ExitStatus Wait() {
    pollfd ended{process->pidfd(), POLLIN, 0};
    REQUIRE(poll(&ended, 1, kPatienceMs) == 1);
    return process->Reap().value();
  }
  std::string ReadAll() {
    std::string text;
    char buffer[4096];
    ssize_t got;
    while ((got = read(socket, buffer, sizeof buffer)) > 0)
      text.append(buffer, static_cast<size_t>(got));
    return text;
  }

  int socket;
  std::optional<ChildProcess> process;
};

}  // namespace

TEST_CASE("a child's exit code and signal are told") {
  LeakCheck leaks;
  CHECK(Started("exit 3").Wait().code == 3);
  Started killed("sleep 100");
  killed.process->Kill();
  ExitStatus status = killed.Wait();
  CHECK(status.signal == SIGKILL);
  CHECK(Describe(status) == "signal 9 (Killed)");
}

TEST_CASE("a child has its socket as descriptor 3, nothing else, and only our environment") {
  LeakCheck leaks;
  int extra = dup(0);  // inherited unless it is closed for the child
  // ls has opened the folder itself: the highest of them. The shell adds some names of its own.
  Started child("echo $(ls /proc/self/fd) >&3; env | grep -v -E '^(PWD|OLDPWD|SHLVL|_)=' >&3");
  CHECK(child.ReadAll() == "0 1 2 3 4\nA=b\n");
  child.Wait();
  close(extra);
}

TEST_CASE("a child is in a session of its own and blocks no signal") {
  LeakCheck leaks;
  sigset_t mask, before;
  sigemptyset(&mask);
  sigaddset(&mask, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &mask, &before);
  // `read` is the shell itself, the session's leader; grep shows what the shell hands on.
  Started child(
      "read -r pid name state parent group session rest < /proc/self/stat; echo $pid $session >&3; "
      "grep SigBlk /proc/self/status >&3");
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::string pid = std::to_string(child.process->pid());
  CHECK(child.ReadAll() == pid + " " + pid + "\nSigBlk:\t0000000000000000\n");
  CHECK(child.process->pid() != getsid(0));
  child.Wait();
}

TEST_CASE("a child that is forgotten is killed and reaped") {
  LeakCheck leaks;
  Started child("sleep 100");
}

TEST_CASE("a running child is not reaped, and its processor time and memory can be read") {
  LeakCheck leaks;
  Started child("while :; do :; done");
  CHECK(!child.process->Reap());
  for (int i = 0; i < kPatienceMs && child.process->CpuMilliseconds() <= 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(child.process->CpuMilliseconds() > 5);
  CHECK(child.process->DataBytes() > 0);
  child.process->Kill();
  child.Wait();
  // Its number may be another process's by now.
  CHECK(child.process->CpuMilliseconds() > 5);
  CHECK(child.process->DataBytes() == 0);
}

TEST_CASE("limits hold for a child that runs already") {
  LeakCheck leaks;
  Started child("while :; do :; done");
  child.process->LimitCpuSeconds(1);
  ExitStatus status = child.Wait();
  CHECK((status.signal == SIGXCPU || status.signal == SIGKILL));
}

TEST_CASE("a program that is not there is an error") {
  LeakCheck leaks;
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  auto started = ChildProcess::Start({"/nonexistent/program"}, {}, {&ends[1], 1});
  REQUIRE(!started);
  CHECK(started.error().message() == "start /nonexistent/program: No such file or directory");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace v8py
