// Randomness, from the kernel and never kept: crypto.getRandomValues(), Python's os.urandom(),
// Math.random(). A process may be one of many that continue from the same memory.
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bindings/bindings.h"
#include "engine/convert.h"
#include "engine/error.h"

namespace v8py {

namespace {

// The system call itself: the C library's getrandom() may keep a generator in this process's
// memory, of which every process that continues from it, and every fork of those, would have the
// same.
bool Fill(char* data, size_t size) {
  while (size > 0) {
    ssize_t got = syscall(SYS_getrandom, data, size, 0U);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    data += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

// randomFill(view) → undefined; the view's bytes are random.
void RandomFill(const Arguments& arguments) {
  auto buffer = BufferOf(arguments[0]);
  if (!buffer) return ThrowTypeError(arguments.GetIsolate(), "randomFill() takes a typed array");
  if (!Fill(buffer->data, buffer->size)) {
    ThrowError(arguments.GetIsolate(), "the kernel gives no randomness");
  }
}

// randomNumber() → a number from 0 (inclusive) to 1 (exclusive), of 53 random bits.
void RandomNumber(const Arguments& arguments) {
  uint64_t bits = 0;
  if (!Fill(reinterpret_cast<char*>(&bits), sizeof bits)) {
    return ThrowError(arguments.GetIsolate(), "the kernel gives no randomness");
  }
  arguments.GetReturnValue().Set(static_cast<double>(bits >> 11) * 0x1p-53);
}

const Native kRandom[] = {
    {"randomFill", RandomFill},
    {"randomNumber", RandomNumber},
};

}  // namespace

void InstallRandom(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings) {
  InstallNatives(scope, native, kRandom, &bindings);
}

}  // namespace v8py
