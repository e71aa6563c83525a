// Durations and sizes as people type them: "5s", "250ms", "2m", "1h"; "256M", "1G", "64K", "1000".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace v8py {

// Milliseconds. A bare number is seconds, and may have a fraction. "none" is `none_value`.
// Negative, not-a-number, infinite, zero, overflowing or unknown units: kCaller, naming the value.
Result<uint64_t> ParseDuration(std::string_view text, uint64_t none_value);
// Bytes; K, M, G (also KiB, MiB, GiB) are powers of 1024. "none" is `none_value`.
Result<uint64_t> ParseSize(std::string_view text, uint64_t none_value);

std::string FormatDuration(double milliseconds);  // "250 ms", "1.00 s", "2 min 5 s"
std::string FormatSize(uint64_t bytes);           // "953.7 MiB"

}  // namespace v8py
