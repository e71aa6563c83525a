// The tests of what needs V8. Run through V8's own loader: tools/dev test does it.
// Arguments of ours: --assets=FOLDER (Pyodide's files); the rest is doctest's.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "unit/engine/fixture.h"

namespace v8py {
std::string& AssetsFolder() {
  static std::string folder;
  return folder;
}
Engine& TestEngine() {
  static std::unique_ptr<Engine> engine = [] {
    auto started = Engine::Start({.worker_threads = 2,
                                  .v8_flags = {"--experimental-wasm-jspi", "--stack-size=4000",
                                               "--wasm-stack-switching-stack-size=4000"}});
    return started ? std::move(*started) : nullptr;
  }();
  return *engine;
}
}  // namespace v8py

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (argument.starts_with("--assets=")) v8py::AssetsFolder() = argument.substr(9);
  }
  doctest::Context context(argc, argv);
  return context.run();
}
