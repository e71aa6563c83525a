// One mapping of this process, as the text of /proc/self/smaps tells it (proc_pid_smaps(5)).
#pragma once

#include <cstdint>
#include <string_view>

namespace v8py {

struct MemoryMapping {
  uint64_t begin = 0, end = 0, offset = 0;
  uint32_t protection = 0;  // as of mmap()
  bool shared = false;
  bool wiped = false;    // in every fork
  bool changed = false;  // has pages of its own
  uint64_t protection_key = 0;
  std::string_view name;  // a path, "[stack]" or "": in the text that was read
};

// Reads the mapping that begins at `text`, which ends with a zero. Returns where the next one
// begins, or null when the text reads in another way. Allocates nothing.
const char* ReadMemoryMapping(const char* text, MemoryMapping& mapping);

}  // namespace v8py
