// What all fuzzers share: how one says that something is not as it must be.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace v8py::fuzz {

// Ends the program, which libFuzzer reports with the input.
inline void Must(bool holds, std::string_view what, std::string_view of = "") {
  if (holds) return;
  fprintf(stderr, "It is not so that %.*s\n%.*s\n", static_cast<int>(what.size()), what.data(),
          static_cast<int>(of.size()), of.data());
  abort();
}

inline std::string_view Text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The lines of a text; what follows the last line's end is one.
inline std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
    lines.push_back(text.substr(0, end));
  }
  lines.push_back(text);
  return lines;
}

// A line as any client can read it.
inline void MustBeLine(std::string_view line) {
  Must(line.find_first_of("\n\r") == line.npos, "a line has no line ends", line);
  Must(IsUtf8(line), "a line is UTF-8", line);
  Must(Json::accept(line) && line.find('\0') == line.npos && !line.starts_with("\xef"),
       "a line is JSON", line);
}

}  // namespace v8py::fuzz
