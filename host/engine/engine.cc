#include "engine/engine.h"

#include <v8-initialization.h>
#include <v8-version.h>

#include <cstring>

namespace v8py {

static_assert(V8_MAJOR_VERSION == 13, "the headers of another V8 are in the include path");

std::string Engine::Version() {
  std::string version = v8::V8::GetVersion();
  // Node's V8 says "13.6.233.17-node.48": the part after the dash is Node's.
  return version.substr(0, version.find('-'));
}

Result<std::unique_ptr<Engine>> Engine::Start(const Options& options) {
  std::string prefix =
      std::to_string(V8_MAJOR_VERSION) + "." + std::to_string(V8_MINOR_VERSION) + ".";
  if (Version().rfind(prefix, 0) != 0) {
    return Fail(WorldError("this build is for V8 " + prefix + "x, but the library loaded is " +
                           Version() + "; run tools/dev build again"));
  }
  for (std::string flag : options.v8_flags) {
    // V8 removes the flags that it knows from the list that it is given.
    char program[] = "v8py";
    char* arguments[] = {program, flag.data(), nullptr};
    int count = 2;
    v8::V8::SetFlagsFromCommandLine(&count, arguments, true);
    if (count != 1) return Fail(CallerError("V8 does not know the flag '" + flag + "'"));
  }
  auto platform = std::make_unique<Platform>(options.worker_threads);
  v8::V8::InitializePlatform(platform.get());
  // WebAssembly's bounds checks by guard pages instead of instructions: a seventh of the time.
  constexpr bool kV8sOwnSignalHandler = true;
  v8::V8::EnableWebAssemblyTrapHandler(kV8sOwnSignalHandler);
  v8::V8::Initialize();
  return std::unique_ptr<Engine>(new Engine(std::move(platform)));
}

Engine::~Engine() {
  platform_->workers().Stop();
  v8::V8::Dispose();
  v8::V8::DisposePlatform();
}

}  // namespace v8py
