#include "os/memory_mapping.h"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <fstream>
#include <sstream>

namespace v8py {

namespace {

// What the kernel says of the mapping of this process that holds `address`.
MemoryMapping MappingAt(const void* address) {
  static std::string text;
  std::stringstream stream;
  stream << std::ifstream("/proc/self/smaps").rdbuf();
  text = stream.str();
  auto wanted = reinterpret_cast<uint64_t>(address);
  MemoryMapping mapping;
  for (const char* next = text.c_str(); *next;) {
    next = ReadMemoryMapping(next, mapping);
    REQUIRE(next != nullptr);
    if (mapping.begin <= wanted && wanted < mapping.end) return mapping;
  }
  FAIL("no mapping");
  return mapping;
}

char* Map(int protection, int flags) {
  return static_cast<char*>(mmap(nullptr, 4096, protection, flags | MAP_ANONYMOUS, -1, 0));
}

}  // namespace

TEST_CASE("mappings of this process are read as the kernel tells them") {
  char* page = Map(PROT_READ | PROT_WRITE, MAP_PRIVATE);
  *page = 1;
  // Not to be merged with a neighbour.
  mprotect(page, 4096, PROT_READ);
  MemoryMapping mapping = MappingAt(page);
  CHECK(mapping.protection == PROT_READ);
  CHECK(mapping.changed);
  CHECK_FALSE(mapping.shared);
  CHECK(mapping.name == "");

  char* shared = Map(PROT_READ | PROT_WRITE, MAP_SHARED);
  CHECK(MappingAt(shared).shared);

  CHECK_FALSE(MappingAt(page).wiped);
  madvise(page, 4096, MADV_WIPEONFORK);
  CHECK(MappingAt(page).wiped);

  int on_stack = 0;
  CHECK(MappingAt(&on_stack).name == "[stack]");
  auto* code = reinterpret_cast<const void*>(&Map);
  CHECK(MappingAt(code).protection == (PROT_READ | PROT_EXEC));
  CHECK(MappingAt(code).name.find("unit_tests") != std::string_view::npos);
  munmap(page, 4096);
  munmap(shared, 4096);
}

TEST_CASE("a text that is no smaps is not read") {
  MemoryMapping mapping;
  for (const char* text :
       {"x", "12-34", "1000-2000 rw-p 0 00:00 0", "1000-2000 rw-p 0 00:00 0\nAnonymous: 4"}) {
    CHECK(ReadMemoryMapping(text, mapping) == nullptr);
  }
}

}  // namespace v8py
