// Randomness, from the kernel: crypto.getRandomValues() and Python's os.urandom().
#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "bindings/bindings.h"
#include "engine/convert.h"
#include "engine/error.h"

namespace v8py {

namespace {

// randomFill(view) → undefined; the view's bytes are random.
void RandomFill(const Arguments& arguments) {
  auto buffer = BufferOf(arguments[0]);
  if (!buffer) return ThrowTypeError(arguments.GetIsolate(), "randomFill() takes a typed array");
  for (size_t filled = 0; filled < buffer->size;) {
    ssize_t got = getrandom(buffer->data + filled, buffer->size - filled, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ThrowError(arguments.GetIsolate(), "the kernel gives no randomness");
    filled += static_cast<size_t>(got);
  }
}

const Native kRandom[] = {
    {"randomFill", RandomFill},
};

}  // namespace

void InstallRandom(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings) {
  InstallNatives(scope, native, kRandom, &bindings);
}

}  // namespace v8py
