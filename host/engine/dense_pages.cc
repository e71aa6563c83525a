#include "engine/dense_pages.h"

namespace v8py {

namespace {

// A page of V8's heap is 256 KiB.
constexpr size_t kMaxSmall = size_t{1} << 20;
// From the small to the large: room for more than a heap may have.
constexpr uintptr_t kSmallRoom = uintptr_t{16} << 30;
// V8 rounds the addresses that it gives back, down or up.
constexpr uintptr_t kRounding = uintptr_t{4} << 30;

uintptr_t RoundUp(uintptr_t address, size_t alignment) {
  return (address + alignment - 1) / alignment * alignment;
}

}  // namespace

DensePages::DensePages(v8::PageAllocator* system)
    : system_(system),
      anywhere_(RoundUp(reinterpret_cast<uintptr_t>(system->GetRandomMmapAddr()), kRounding)),
      next_small_(anywhere_ + kRounding),
      next_large_(next_small_ + kSmallRoom) {}

void* DensePages::AllocatePages(void* address, size_t length, size_t alignment,
                                Permission permissions) {
  auto wish = reinterpret_cast<uintptr_t>(address);
  bool cares = wish < anywhere_ - kRounding || wish > anywhere_ + kRounding;
  if (cares) return system_->AllocatePages(address, length, alignment, permissions);
  std::lock_guard lock(mutex_);
  uintptr_t& next = length <= kMaxSmall ? next_small_ : next_large_;
  uintptr_t place = RoundUp(next, alignment);
  void* pages =
      system_->AllocatePages(reinterpret_cast<void*>(place), length, alignment, permissions);
  if (reinterpret_cast<uintptr_t>(pages) == place) next = place + length;
  return pages;
}

}  // namespace v8py
