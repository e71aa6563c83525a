// How often the stress tests do a thing, and the line of figures that each of them prints.
#pragma once

#include <cstdio>
#include <string>

namespace v8py {

// By the options --full and --count=N.
extern bool full_counts;
extern int given_count;  // 0: none

// `full`: what the proof is about, which takes minutes. `small`: seconds, for every test run.
inline int Count(int small, int full) {
  if (given_count > 0) return given_count;
  return full_counts ? full : small;
}

// The caller of the test (tools/test.py) shows lines that begin like this.
inline void Figures(const std::string& text) {
  printf("stress: %s\n", text.c_str());
  fflush(stdout);
}

}  // namespace v8py
