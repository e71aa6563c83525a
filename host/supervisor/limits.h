// What a program may use.
#pragma once

#include <cstdint>
#include <limits>

namespace v8py {

inline constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

struct Limits {
  uint64_t wall_ms = 300'000;
  uint64_t cpu_ms = kUnlimited;
  uint64_t memory_bytes = uint64_t{1} << 30;
  uint64_t output_bytes = uint64_t{64} << 20;
  // What a program may add to files: those in its memory, and again to those of the host.
  uint64_t files_bytes = uint64_t{256} << 20;
  uint64_t net_bytes = uint64_t{1} << 30;  // of bodies, both ways
  uint64_t net_requests = 10'000;
};

}  // namespace v8py
