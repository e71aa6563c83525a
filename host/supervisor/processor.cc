#include "supervisor/processor.h"

#include <cpuid.h>

#include <cstdint>
#include <cstdio>

namespace v8py {

std::string ProcessorFeatures() {
  uint32_t a = 0, b = 0, c = 0, d = 0;
  uint32_t words[7] = {};
  if (__get_cpuid(1, &a, &b, &c, &d)) {
    words[0] = c;
    words[1] = d;
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    words[2] = b;
    words[3] = c;
    words[4] = d;
  }
  if (__get_cpuid(0x80000001, &a, &b, &c, &d)) words[5] = c;
  constexpr uint32_t kOsSavesRegisters = 1U << 27;
  if (words[0] & kOsSavesRegisters) {
    // Which registers the system keeps for us: without, an instruction set cannot be used.
    asm volatile("xgetbv" : "=a"(words[6]), "=d"(d) : "c"(0));
  }
  std::string text;
  for (uint32_t word : words) {
    char digits[12];
    snprintf(digits, sizeof digits, "%08x", word);
    text += (text.empty() ? "" : "-") + std::string(digits);
  }
  return text;
}

}  // namespace v8py
