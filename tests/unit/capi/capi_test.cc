// What a program that embeds v8py meets first: misuse. Runs of real programs are in tests/spec.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "include/v8py.h"
#include "unit/leak_check.h"

namespace {

struct FreeOptions {
  void operator()(v8py_options* options) const { v8py_options_free(options); }
};
using Options = std::unique_ptr<v8py_options, FreeOptions>;

// The message of an error, which must be one, and of the caller.
std::string Refused(v8py_error* error) {
  REQUIRE(error != nullptr);
  CHECK(v8py_error_get_code(error) == V8PY_ERROR_CALLER);
  std::string message = v8py_error_message(error);
  v8py_error_free(error);
  return message;
}

}  // namespace

TEST_CASE("a source may have 16 MiB and not a byte more") {
  std::string source(size_t{16} << 20, ' ');
  Options at(v8py_options_new()), over(v8py_options_new());
  CHECK(v8py_options_set_code(at.get(), source.data(), source.size()) == nullptr);
  source += ' ';
  CHECK(Refused(v8py_options_set_code(over.get(), source.data(), source.size())) ==
        "the program's source is 16.0 MiB long; at most 16.0 MiB are accepted");
}

TEST_CASE("options take one program, no limit of zero, no variable without a name") {
  Options options(v8py_options_new());
  CHECK(v8py_options_set_module(options.get(), "json.tool") == nullptr);
  Refused(v8py_options_set_code(options.get(), "1", 1));
  Refused(v8py_options_set_limit(options.get(), V8PY_LIMIT_WALL, 0));
  CHECK(v8py_options_set_limit(options.get(), V8PY_LIMIT_WALL, V8PY_UNLIMITED) == nullptr);
  Refused(v8py_options_set_environment(options.get(), "", "x"));
  Refused(v8py_options_set_environment(options.get(), "A=B", "x"));
}

TEST_CASE("a home that is not there is an error of the world, with its name") {
  v8py_runtime* runtime = nullptr;
  v8py_error* error = v8py_runtime_new("/nonexistent", &runtime);
  REQUIRE(error != nullptr);
  CHECK(runtime == nullptr);
  CHECK(v8py_error_get_code(error) == V8PY_ERROR_WORLD);
  CHECK(std::string(v8py_error_message(error)).find("/nonexistent") != std::string::npos);
  v8py_error_free(error);
}

TEST_CASE("a home without a worker is an error at the start of a run, and leaves nothing") {
  v8py::LeakCheck leaks;
  v8py_runtime* runtime = nullptr;
  REQUIRE(v8py_runtime_new("/tmp", &runtime) == nullptr);
  Options options(v8py_options_new());
  v8py_run* run = nullptr;
  CHECK(Refused(v8py_run_start(runtime, options.get(), &run)).find("no program") !=
        std::string::npos);
  REQUIRE(v8py_options_set_code(options.get(), "1", 1) == nullptr);
  v8py_error* error = v8py_run_start(runtime, options.get(), &run);
  REQUIRE(error != nullptr);
  CHECK(run == nullptr);
  CHECK(std::string(v8py_error_message(error)).find("bin/v8py-worker") != std::string::npos);
  v8py_error_free(error);
  v8py_runtime_free(runtime);
}

TEST_CASE("freeing nothing is allowed") {
  v8py_error_free(nullptr);
  v8py_runtime_free(nullptr);
  v8py_options_free(nullptr);
  v8py_run_free(nullptr);
  v8py_result_free(nullptr);
  v8py_string_free(nullptr);
}
