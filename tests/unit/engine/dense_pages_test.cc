// Where memory lies that V8 asks for.
#include "engine/dense_pages.h"

#include <doctest/doctest.h>
#include <libplatform/libplatform.h>

#include <algorithm>

namespace v8py {

namespace {

using Permission = v8::PageAllocator::Permission;
constexpr size_t kPage = size_t{256} << 10;
constexpr size_t kLarge = size_t{4} << 20;

// V8's own allocator, which its own platform has.
v8::PageAllocator* SystemPages() {
  static const auto platform = v8::platform::NewSingleThreadedDefaultPlatform();
  return platform->GetPageAllocator();
}

// Pages that are given back.
struct Pages {
  Pages(DensePages& from, void* where, size_t size)
      : owner(from),
        length(size),
        start(static_cast<char*>(from.AllocatePages(where, size, kPage, Permission::kReadWrite))) {}
  ~Pages() { owner.FreePages(start, length); }
  Pages(const Pages&) = delete;

  DensePages& owner;
  size_t length;
  char* start;
};

}  // namespace

TEST_CASE("small pages lie side by side, and so do large ones, in places of their own") {
  DensePages pages(SystemPages());
  void* anywhere = pages.GetRandomMmapAddr();
  Pages small(pages, anywhere, kPage);
  Pages large(pages, anywhere, kLarge);
  Pages next_small(pages, anywhere, kPage);
  Pages after(pages, anywhere, kLarge);
  CHECK(next_small.start == small.start + kPage);
  CHECK(after.start == large.start + kLarge);
  CHECK(std::max(small.start, large.start) - std::min(small.start, large.start) > ptrdiff_t{1}
                                                                                      << 30);
  small.start[0] = after.start[kLarge - 1] = 1;
}

TEST_CASE("a place that V8 does care about is its own, and a taken one is left alone") {
  DensePages pages(SystemPages());
  char* anywhere = static_cast<char*>(pages.GetRandomMmapAddr());
  Pages wanted(pages, anywhere - (ptrdiff_t{64} << 30), kPage);
  CHECK(wanted.start == anywhere - (ptrdiff_t{64} << 30));
  Pages first(pages, anywhere, kPage);
  // Somebody else sits where the next would go.
  Pages taken(pages, first.start + kPage, kPage);
  Pages second(pages, anywhere, kPage);
  first.start[0] = 1;
  second.start[0] = 2;
  CHECK(second.start != taken.start);
  CHECK(first.start[0] == 1);
}

TEST_CASE("two of them begin in different places") {
  DensePages one(SystemPages()), other(SystemPages());
  CHECK(one.GetRandomMmapAddr() != other.GetRandomMmapAddr());
}

}  // namespace v8py
