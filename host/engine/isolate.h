// One isolate: V8's heap and its limits. Owns the v8::Isolate and ends it.
// Scope (scope.h) is how code enters it.
#pragma once

#include <v8-array-buffer.h>
#include <v8-isolate.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "engine/engine.h"

namespace v8py {

class Isolate {
 public:
  // `max_heap_bytes`: of the JavaScript heap; WebAssembly memories and buffers are outside it.
  Isolate(Engine& engine, uint64_t max_heap_bytes);
  ~Isolate();
  Isolate(const Isolate&) = delete;

  v8::Isolate* get() const { return isolate_; }
  Engine& engine() const { return engine_; }

  // JavaScript and WebAssembly that run, or that run next, end with an exception that nothing can
  // catch. Thread: any
  void Terminate();
  // Whether Terminate() was called since ClearTermination(). Thread: any
  bool terminating() const { return terminating_; }
  // After a termination has unwound: JavaScript may run again.
  void ClearTermination();
  // Whether the JavaScript heap reached its limit; execution was then terminated.
  bool heap_exhausted() const { return heap_exhausted_; }
  uint64_t used_heap_bytes() const;
  // How often the young objects of the JavaScript heap were collected.
  uint64_t young_collections() const { return young_collections_; }
  // Frees what can be freed of the JavaScript heap.
  void CollectGarbage() { isolate_->LowMemoryNotification(); }

 private:
  static void CountYoungCollection(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* self);
  static size_t NearHeapLimit(void* self, size_t current, size_t initial);

  Engine& engine_;
  std::unique_ptr<v8::ArrayBuffer::Allocator> allocator_;
  v8::Isolate* isolate_ = nullptr;
  uint64_t young_collections_ = 0;
  std::atomic<bool> terminating_ = false;
  std::atomic<bool> heap_exhausted_ = false;
};

}  // namespace v8py
