// The processes below this one as the kernel has them: what a pool leaves behind is seen here.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace v8py {

struct ProcessInfo {
  pid_t pid;
  pid_t parent;
  bool zombie;
};

// Nothing: there is no such process.
std::optional<ProcessInfo> FindProcess(pid_t pid);
std::vector<ProcessInfo> ChildrenOf(pid_t parent);
// The children of this process's only child, which is a pool's zygote; its own id first. Empty
// while there is none, or more than one.
std::vector<ProcessInfo> ZygoteAndGuests();
// A line of /proc/PID/smaps_rollup ("Rss", "Anonymous", …), in KiB; 0: it has gone.
int64_t MemoryOf(pid_t pid, const char* line);

// Of this process.
int DescriptorCount();
int ThreadCount();

// Checks, where it ends, that this process has no child, descriptor or thread more than where it
// began.
class NothingLeft {
 public:
  NothingLeft();
  ~NothingLeft();

 private:
  int descriptors_, threads_;
};

}  // namespace v8py
