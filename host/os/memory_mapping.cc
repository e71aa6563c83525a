#include "os/memory_mapping.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace v8py {

namespace {

// Whether a line has a flag, which begins with a space.
bool HasFlag(const char* line, const char* flag) {
  const char* found = strstr(line, flag);
  return found && found < strchr(line, '\n');
}

// The number behind a key with which the line begins; 0 when it does not.
uint64_t ValueOf(const char* line, std::string_view key) {
  return strncmp(line, key.data(), key.size()) == 0 ? strtoull(line + key.size(), nullptr, 10) : 0;
}

// What a line after the first adds.
void ReadLine(const char* line, MemoryMapping& mapping) {
  mapping.changed |= ValueOf(line, "Anonymous:") > 0 || ValueOf(line, "Swap:") > 0;
  mapping.protection_key |= ValueOf(line, "ProtectionKey:");
  bool has_flags = strncmp(line, "VmFlags:", 8) == 0;
  if (has_flags) mapping.wiped = HasFlag(line, " wf") || HasFlag(line, " dp");
}

}  // namespace

const char* ReadMemoryMapping(const char* text, MemoryMapping& mapping) {
  unsigned long begin, end, offset;
  char rights[5];
  int name = 0;
  if (sscanf(text, "%lx-%lx %4s %lx %*s %*u %n", &begin, &end, rights, &offset, &name) < 4) {
    return nullptr;
  }
  mapping = {};
  mapping.begin = begin;
  mapping.end = end;
  mapping.offset = offset;
  mapping.protection = (rights[0] == 'r' ? PROT_READ : 0) | (rights[1] == 'w' ? PROT_WRITE : 0) |
                       (rights[2] == 'x' ? PROT_EXEC : 0);
  mapping.shared = rights[3] == 's';
  const char* line_end = strchr(text, '\n');
  if (!line_end) return nullptr;
  // Without a name, the blanks before it are the next line's.
  if (text + name < line_end) {
    mapping.name = {text + name, static_cast<size_t>(line_end - text - name)};
  }
  // The lines that belong to it begin with a capital letter.
  for (text = line_end + 1; *text >= 'A' && *text <= 'Z'; text = line_end + 1) {
    line_end = strchr(text, '\n');
    if (!line_end) return nullptr;
    ReadLine(text, mapping);
  }
  return text;
}

}  // namespace v8py
