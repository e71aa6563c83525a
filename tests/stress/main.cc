// The stress tests' own options beside doctest's: --full for the counts of the proofs, --count=N
// for any other.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "stress/count.h"

namespace v8py {
bool full_counts = false;
int given_count = 0;
}  // namespace v8py

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--full") v8py::full_counts = true;
    if (word.rfind("--count=", 0) == 0) v8py::given_count = atoi(argv[i] + strlen("--count="));
  }
  doctest::Context context(argc, argv);
  return context.run();
}
