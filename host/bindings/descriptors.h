// The descriptors that the supervisor has passed for the guest: files to read from. The guest knows
// them by numbers of ours, so that it can name no other descriptor of the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace v8py {

class Descriptors {
 public:
  Descriptors() = default;
  ~Descriptors();
  Descriptors(const Descriptors&) = delete;

  // Takes `fd` over. The number is never used again.
  int Add(int fd);
  // Closes it; nothing happens when there is none.
  void Close(int number);
  // The process's own number of it; -1: there is none.
  int Find(int number) const;
  // As pread(2): bytes, or -1 and errno.
  long Read(int number, char* data, size_t size, uint64_t offset) const;
  // As fstat(2): bytes, and seconds since the epoch. False when there is none.
  struct State {
    unsigned mode = 0;
    uint64_t size = 0, inode = 0, links = 0;
    double modified = 0;
  };
  bool Stat(int number, State& state) const;

 private:
  std::map<int, int> open_;
  int last_ = 0;
};

}  // namespace v8py
