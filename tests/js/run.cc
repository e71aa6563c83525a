// Runs JavaScript test files in realms of our own engine: each file gets a fresh isolate with the
// web APIs of js/web, sealed as a guest finds it. Usage: v8py_js_tests HARNESS FILE…
#include <v8-function.h>
#include <v8-json.h>
#include <v8-promise.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "bindings/bindings.h"
#include "engine/convert.h"
#include "engine/engine.h"
#include "engine/error.h"
#include "python/boot_files.h"

namespace v8py {
namespace {

class Console : public Host {
 public:
  void Write(int stream, std::string_view bytes) override {
    fwrite(bytes.data(), 1, bytes.size(), stream == 2 ? stderr : stdout);
  }
  long Read(char*, size_t) override { return 0; }
};

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Sources {
  std::string_view web, harness, test;
};

// The tests' results as JSON text.
Result<std::string> RunTests(Realm& realm, const Scope& scope, Bindings& bindings,
                             const Sources& sources) {
  v8::Local<v8::Object> native = MakeNative(scope, bindings);
  auto web = realm.RunBootScript(scope, "10_web.js", sources.web, native);
  if (!web) return Fail(web.error());
  realm.Seal(scope);
  auto harness = realm.RunBootScript(scope, "harness.js", sources.harness, native);
  if (!harness) return Fail(harness.error());
  auto test = realm.RunBootScript(scope, "test", sources.test, native);
  if (!test) return Fail(test.error());
  auto run = GetProperty(scope, harness->As<v8::Object>(), "run").As<v8::Function>();
  v8::Local<v8::Value> promised;
  v8::TryCatch caught(scope.isolate());
  if (!run->Call(scope.context(), v8::Undefined(scope.isolate()), 0, nullptr).ToLocal(&promised)) {
    return Fail(ToStatus(scope, caught));
  }
  auto promise = promised.As<v8::Promise>();
  Status status =
      realm.loop().RunUntil(scope, [&] { return promise->State() != v8::Promise::kPending; }, {});
  if (!status.ok()) return Fail(status);
  if (promise->State() == v8::Promise::kRejected) return Fail(ToStatus(scope, promise->Result()));
  return TextOf(scope.isolate(), promise->Result()).value_or("[]");
}

// Prints a line for each test; returns how many passed and failed.
std::pair<int, int> RunFile(Engine& engine, const std::string& path, const Sources& sources) {
  Console console;
  Isolate isolate(engine, uint64_t{256} << 20);
  Realm realm(isolate);
  Bindings bindings{realm, &console, {}};
  int passed = 0, failed = 0;
  Status entered = realm.Enter([&](const Scope& scope) -> Status {
    Result<std::string> text = RunTests(realm, scope, bindings, sources);
    if (!text) return text.error();
    Result<Json> results = ParseJson(*text);
    if (!results) return results.error();
    for (const Json& result : *results) {
      bool ok = !result.contains("error");
      (ok ? passed : failed)++;
      if (!ok) {
        printf("FAIL %s: %s\n%s\n", path.c_str(), result["name"].get<std::string>().c_str(),
               result["error"].get<std::string>().c_str());
      }
    }
    return Ok();
  });
  if (!entered.ok()) {
    printf("FAIL %s: %s\n", path.c_str(), entered.message().c_str());
    ++failed;
  }
  printf("%s: %d passed, %d failed\n", path.c_str(), passed, failed);
  return {passed, failed};
}

int Main(int argc, char** argv) {
  if (argc < 3) return 2;
  Result<BootFiles> files = BootFiles::Load("");
  Result<std::unique_ptr<Engine>> engine = Engine::Start({});
  if (!files || !engine) return 2;
  std::string harness = ReadFile(argv[1]);
  int passed = 0, failed = 0;
  for (int i = 2; i < argc; ++i) {
    std::string test = ReadFile(argv[i]);
    auto [file_passed, file_failed] =
        RunFile(**engine, argv[i], {files->scripts().front().text, harness, test});
    passed += file_passed;
    failed += file_failed;
  }
  printf("%d passed, %d failed\n", passed, failed);
  fflush(stdout);
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace v8py

int main(int argc, char** argv) { return v8py::Main(argc, argv); }
