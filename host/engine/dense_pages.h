// V8's page allocator, but for where the pages are: side by side, not scattered over the address
// space. A forked process has page tables of its own, so memory that lies together forks in a
// fraction of the time, and fits into huge pages. Only where it begins is random.
// Thread: any
#pragma once

#include <v8-platform.h>

#include <cstdint>
#include <mutex>

namespace v8py {

class DensePages : public v8::PageAllocator {
 public:
  // `system`, V8's own, does the work and must outlive this.
  explicit DensePages(v8::PageAllocator* system);

  // The address that V8 gives back to AllocatePages() when it does not care.
  void* GetRandomMmapAddr() override { return reinterpret_cast<void*>(anywhere_); }
  void* AllocatePages(void* address, size_t length, size_t alignment,
                      Permission permissions) override;

  size_t AllocatePageSize() override { return system_->AllocatePageSize(); }
  size_t CommitPageSize() override { return system_->CommitPageSize(); }
  void SetRandomMmapSeed(int64_t seed) override { system_->SetRandomMmapSeed(seed); }
  bool FreePages(void* address, size_t length) override {
    return system_->FreePages(address, length);
  }
  bool ReleasePages(void* address, size_t length, size_t new_length) override {
    return system_->ReleasePages(address, length, new_length);
  }
  bool SetPermissions(void* address, size_t length, Permission permissions) override {
    return system_->SetPermissions(address, length, permissions);
  }
  bool RecommitPages(void* address, size_t length, Permission permissions) override {
    return system_->RecommitPages(address, length, permissions);
  }
  bool DiscardSystemPages(void* address, size_t size) override {
    return system_->DiscardSystemPages(address, size);
  }
  bool DecommitPages(void* address, size_t size) override {
    return system_->DecommitPages(address, size);
  }
  bool SealPages(void* address, size_t length) override {
    return system_->SealPages(address, length);
  }

 private:
  v8::PageAllocator* const system_;
  const uintptr_t anywhere_;
  std::mutex mutex_;
  // Where the next pages go: those of V8's heap, and what is larger.
  uintptr_t next_small_, next_large_;
};

}  // namespace v8py
