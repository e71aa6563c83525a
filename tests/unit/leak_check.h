// What every test of processes and threads checks on its way out: nothing is left behind.
#pragma once

#include <dirent.h>
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "os/loop.h"

namespace v8py {

inline int CountEntries(const char* folder) {
  DIR* dir = opendir(folder);
  if (!dir) return -1;
  int count = 0;
  while (readdir(dir)) ++count;
  closedir(dir);
  return count;
}

class LeakCheck {
 public:
  LeakCheck() {
    // libuv opens two descriptors with a process's first loop and keeps them, and has threads for
    // what is done in the background.
    static const bool warm = [] {
      auto loop = Loop::Start();
      if (!loop) return false;
      Loop& started = **loop;
      started.Post([&started] {
        RunInBackground(
            started, [] {}, [] {});
      });
      return true;
    }();
    REQUIRE(warm);
    threads_ = CountEntries("/proc/self/task");
    descriptors_ = CountEntries("/proc/self/fd");
  }
  ~LeakCheck() {
    // A joined thread may stay in /proc for a moment.
    for (int i = 0; i < 100 && CountEntries("/proc/self/task") != threads_; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    CHECK(CountEntries("/proc/self/task") == threads_);
    CHECK(CountEntries("/proc/self/fd") == descriptors_);
    CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
  }

 private:
  int threads_ = 0;
  int descriptors_ = 0;
};

}  // namespace v8py
