#include "engine/isolate.h"

#include <v8-statistics.h>

namespace v8py {

namespace {
// What a heap at its limit gets on top, so that the termination can unwind.
constexpr size_t kHeadroom = size_t{16} << 20;
}  // namespace

Isolate::Isolate(Engine& engine, uint64_t max_heap_bytes)
    : engine_(engine), allocator_(v8::ArrayBuffer::Allocator::NewDefaultAllocator()) {
  v8::Isolate::CreateParams params;
  params.array_buffer_allocator = allocator_.get();
  params.constraints.ConfigureDefaultsFromHeapSize(0, max_heap_bytes);
  isolate_ = v8::Isolate::New(params);
  isolate_->SetMicrotasksPolicy(v8::MicrotasksPolicy::kAuto);
  isolate_->AddNearHeapLimitCallback(NearHeapLimit, this);
  isolate_->AddGCEpilogueCallback(CountYoungCollection, this, v8::kGCTypeScavenge);
}

Isolate::~Isolate() { isolate_->Dispose(); }

void Isolate::Terminate() {
  terminating_ = true;
  isolate_->TerminateExecution();
}

void Isolate::ClearTermination() {
  isolate_->CancelTerminateExecution();
  terminating_ = false;
}

uint64_t Isolate::used_heap_bytes() const {
  v8::HeapStatistics statistics;
  isolate_->GetHeapStatistics(&statistics);
  return statistics.used_heap_size();
}

void Isolate::CountYoungCollection(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* self) {
  ++static_cast<Isolate*>(self)->young_collections_;
}

size_t Isolate::NearHeapLimit(void* self, size_t current, size_t) {
  auto* isolate = static_cast<Isolate*>(self);
  isolate->heap_exhausted_ = true;
  isolate->Terminate();
  return current + kHeadroom;
}

}  // namespace v8py
