// Making an image where there is no room for it, several times at once, and by builders that are
// killed: nothing half is left, and the next one works.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "processes.h"
#include "stress/count.h"
#include "stress/own_installation.h"

namespace v8py {

namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kAnswer = "V8PY_IMAGE=use $V8PY exec -c 'print(6 * 7)' 2>&1";

// What a killed builder leaves to run. It would be ours: this process adopts orphans.
int Orphans() {
  for (int i = 0; i < 250; ++i) {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (ChildrenOf(getpid()).empty()) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return static_cast<int>(ChildrenOf(getpid()).size());
}

pid_t StartBuilder() {
  pid_t pid = fork();
  if (pid != 0) return pid;
  execl("/bin/bash", "bash", "-c", "exec $V8PY image build 2>/dev/null", nullptr);
  _exit(127);
}

}  // namespace

TEST_CASE("a full disk while an image is written: said, nothing left, and programs run") {
  // Boots and warms up an interpreter.
  if (!full_counts) return;
  OwnInstallation own;
  const std::string mount =
      "mount -t tmpfs -o size=20m,mode=755 tmpfs $OWN/share/v8py/images && cd / && ";
  if (!CanDo("unshare -m bash -c '" + mount + "true'")) {
    MESSAGE("needs the right to mount a file system; not tried");
    return;
  }
  ShellOutcome outcome = Shell("unshare -m bash -c '" + mount +
                               "$V8PY image build; echo exit $?; ls $OWN/share/v8py/images; "
                               "V8PY_IMAGE=use $V8PY exec -c \"print(6 * 7)\"'");
  CHECK_MESSAGE(Contains(outcome.output, "No space left on device"), outcome.output);
  CHECK_MESSAGE(Contains(outcome.output, "exit 121\nlock\n42\n"), outcome.output);
}

TEST_CASE("a limit on the size of files while an image is written: said, and nothing left") {
  // As the test before, by another limit; each boots and warms up an interpreter.
  if (!full_counts) return;
  OwnInstallation own;
  ShellOutcome outcome = Shell("ulimit -f 20000; $V8PY image build; echo exit $?");
  CHECK_MESSAGE(Contains(outcome.output, "File too large"), outcome.output);
  CHECK_MESSAGE(Contains(outcome.output, "exit 121\n"), outcome.output);
  CHECK(own.Left() == "");
  CHECK(Shell(kAnswer).output == "42\n");
}

TEST_CASE("builders that are killed leave nothing half, and the next one makes the image") {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  OwnInstallation own;
  const unsigned seed = std::random_device()();
  std::mt19937 chance(seed);
  const int kills = Count(1, 20);
  int unfinished = 0, finished = 0;
  for (int i = 0; i < kills; ++i) {
    pid_t builder = StartBuilder();
    std::this_thread::sleep_for(
        std::chrono::milliseconds(chance() % (full_counts ? 12'000 : 3'000)));
    // Now and then it is the worker that somebody kills, and the builder says so.
    std::vector<ProcessInfo> workers = ChildrenOf(builder);
    bool worker = i % 4 == 3 && !workers.empty();
    kill(worker ? workers[0].pid : builder, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(builder, &status, 0) == builder);
    CHECK(Orphans() == 0);
    std::string left = own.Left();
    if (worker) CHECK(left == "");
    // Whole or not at all: what has an image's name can be used.
    if (Contains(left, ".image\n")) {
      CHECK(CanDo("$V8PY image verify"));
      ++finished;
      Shell("rm -f $OWN/share/v8py/images/*.image*");
    } else {
      unfinished += !left.empty();
      CHECK_MESSAGE(Contains(Shell("$V8PY image list").output, "no images"), left);
    }
  }
  // Several at once: one works, the others wait, and all of them find it made.
  ShellOutcome outcome = Shell(
      "for i in 1 2 3; do $V8PY image build >/dev/null 2>&1 & pids=\"$pids $!\"; done; "
      "for pid in $pids; do wait $pid || echo failed; done");
  CHECK(outcome.output == "");
  CHECK(CanDo("$V8PY image verify"));
  CHECK(!Contains(own.Left(), "unfinished"));
  CHECK(Contains(Shell("V8PY_IMAGE=use $V8PY exec --json -c 'print(6 * 7)'").output,
                 "\"from\":\"image\""));
  Figures(std::to_string(kills) + " builders killed (seed " + std::to_string(seed) +
          "): " + std::to_string(unfinished) + " left a file that is known as unfinished, " +
          std::to_string(finished) + " had finished; three at once made one image");
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

}  // namespace v8py
