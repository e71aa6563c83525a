// Runs a Python program in a guest of a pool, as `v8py exec` does in a worker of its own: its
// output is ours, and its exit code. --json prints each result instead, one a line.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "include/v8py.hpp"

namespace {

constexpr int kNoResult = 121;

struct Arguments {
  int guests = 1;
  int runs = 1;
  uint64_t timeout_ms = 300'000;
  bool json = false;
  std::string code;
  std::string file;
};

Arguments ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    auto value = [&] { return argv[i] + word.find('=') + 1; };
    if (word.rfind("--guests=", 0) == 0) {
      arguments.guests = atoi(value());
    } else if (word.rfind("--runs=", 0) == 0) {
      arguments.runs = atoi(value());
    } else if (word.rfind("--timeout-ms=", 0) == 0) {
      arguments.timeout_ms = strtoull(value(), nullptr, 10);
    } else if (word == "--json") {
      arguments.json = true;
    } else if (word == "-c" && i + 1 < argc) {
      arguments.code = argv[++i];
    } else {
      arguments.file = word;
    }
  }
  return arguments;
}

int Complain(const v8py::Error& error) {
  std::cerr << "v8py_pooled: " << error.message << std::endl;
  return kNoResult;
}

int RunOnce(v8py::Runtime& runtime, const Arguments& arguments) {
  v8py::Options options;
  if (arguments.file.empty()) {
    options.Code(arguments.code);
  } else {
    std::ifstream file(arguments.file);
    std::stringstream text;
    text << file.rdbuf();
    options.File(arguments.file, text.str());
  }
  options.Limit(V8PY_LIMIT_WALL, arguments.timeout_ms);
  options.Limit(V8PY_LIMIT_OUTPUT, V8PY_UNLIMITED);
  if (!arguments.json) {
    options.Flag(V8PY_FLAG_COLLECT, false);
    options.OnOutput([](v8py_stream stream, std::string_view bytes) {
      FILE* file = stream == V8PY_STDERR ? stderr : stdout;
      return fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && fflush(file) == 0;
    });
  }
  auto run = runtime.Start(options);
  if (!run) return Complain(*run.error);
  auto result = run.value->Wait();
  if (!result) return Complain(*result.error);
  if (arguments.json) std::cout << result.value->Json() << std::endl;
  if (!arguments.json && !result.value->Summary().empty())
    std::cerr << "v8py_pooled: " << result.value->Summary() << std::endl;
  return result.value->ExitCode();
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments = ParseArguments(argc, argv);
  auto runtime = v8py::Runtime::Create();
  if (!runtime) return Complain(*runtime.error);
  if (auto error = runtime.value->SetPool(arguments.guests)) return Complain(*error);
  int code = 0;
  for (int i = 0; i < arguments.runs; ++i) code = RunOnce(*runtime.value, arguments);
  return code;
}
