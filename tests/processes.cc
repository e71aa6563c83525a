#include "processes.h"

#include <dirent.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace v8py {

namespace {

int CountEntries(const char* folder) {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

std::optional<ProcessInfo> FindProcess(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::stringstream text;
  text << file.rdbuf();
  // The name before it may hold anything.
  size_t end = text.str().rfind(')');
  if (end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.str().substr(end + 1));
  char state = 0;
  pid_t parent = 0;
  rest >> state >> parent;
  return ProcessInfo{pid, parent, state == 'Z'};
}

std::vector<ProcessInfo> ChildrenOf(pid_t parent) {
  std::vector<ProcessInfo> children;
  DIR* processes = opendir("/proc");
  while (const dirent* entry = readdir(processes)) {
    pid_t pid = atoi(entry->d_name);
    std::optional<ProcessInfo> process = pid == 0 ? std::nullopt : FindProcess(pid);
    if (process && process->parent == parent) children.push_back(*process);
  }
  closedir(processes);
  return children;
}

std::vector<ProcessInfo> ZygoteAndGuests() {
  std::vector<ProcessInfo> found = ChildrenOf(getpid());
  if (found.size() != 1 || found[0].zombie) return {};
  for (ProcessInfo guest : ChildrenOf(found[0].pid)) found.push_back(guest);
  return found;
}

int64_t MemoryOf(pid_t pid, const char* line) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  const std::string wanted = std::string(line) + ":";
  for (std::string word; file >> word;) {
    int64_t kilobytes = 0;
    if (word == wanted && file >> kilobytes) return kilobytes;
  }
  return 0;
}

int DescriptorCount() { return CountEntries("/proc/self/fd"); }

int ThreadCount() { return CountEntries("/proc/self/task"); }

NothingLeft::NothingLeft() : descriptors_(DescriptorCount()), threads_(ThreadCount()) {}

NothingLeft::~NothingLeft() {
  // A joined thread may stay in /proc for a moment.
  for (int i = 0; i < 100 && ThreadCount() != threads_; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(ThreadCount() == threads_);
  CHECK(DescriptorCount() == descriptors_);
  CHECK(ChildrenOf(getpid()).empty());
}

}  // namespace v8py
