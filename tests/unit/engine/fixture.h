// What engine tests share: V8 started once, a realm for each test, a host in memory.
#pragma once

#include <future>
#include <string>
#include <utility>

#include "bindings/bindings.h"
#include "engine/engine.h"
#include "engine/realm.h"

namespace v8py {

std::string& AssetsFolder();
Engine& TestEngine();

class MemoryHost : public Host {
 public:
  void Write(int stream, std::string_view bytes) override {
    output[stream] += bytes;
    if (!std::exchange(has_output_, true)) first_output.set_value();
  }
  long Read(char* data, size_t size) override {
    size_t count = std::min(size, input.size());
    input.copy(data, count);
    input.erase(0, count);
    return static_cast<long>(count);
  }

  std::string output[3];
  std::string input;
  std::promise<void> first_output;  // for another thread: the program runs

 private:
  bool has_output_ = false;
};

struct RealmFixture {
  MemoryHost host;
  Isolate isolate{TestEngine(), uint64_t{64} << 20};
  Realm realm{isolate};
  Bindings bindings{realm, &host, {}};

  // The value of `source`, the body of a function (native, globalThis), as text; or the error.
  std::string Run(std::string_view source);
};

}  // namespace v8py
