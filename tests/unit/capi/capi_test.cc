// What a program that embeds v8py meets first: misuse. Runs of real programs are in tests/spec.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "include/v8py.h"
#include "include/v8py_image.h"
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

// An installation whose worker does `words` (see hostile_worker.cc) instead of running Python.
struct Home {
  explicit Home(const std::string& words) {
    for (const char* name : {"bin/v8py-worker", "lib/v8py/v8/ld-linux-x86-64.so.2",
                             "share/v8py/pyodide/pyodide.asm.wasm"}) {
      std::filesystem::create_directories((folder / name).parent_path());
      std::ofstream(folder / name) << "#!/bin/sh\nexec '" V8PY_HOSTILE_WORKER "' " << words << "\n";
      std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
    }
    REQUIRE(v8py_runtime_new(folder.c_str(), &runtime) == nullptr);
    REQUIRE(v8py_options_set_code(options.get(), "1", 1) == nullptr);
  }
  ~Home() {
    v8py_runtime_free(runtime);
    std::filesystem::remove_all(folder);
  }

  v8py_run* Start() {
    v8py_run* run = nullptr;
    REQUIRE(v8py_run_start(runtime, options.get(), &run) == nullptr);
    return run;
  }
  // Frees the run.
  v8py_result* Wait(v8py_run* run) {
    v8py_result* result = nullptr;
    REQUIRE(v8py_run_wait(run, &result) == nullptr);
    v8py_run_free(run);
    return result;
  }

  v8py::LeakCheck leaks;  // last to go
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("v8py-home-" + std::to_string(getpid()));
  v8py_runtime* runtime = nullptr;
  Options options{v8py_options_new()};
};

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

TEST_CASE("a pointer that is missing is refused, and names its function's rule") {
  v8py_runtime* runtime = nullptr;
  v8py_session* session = nullptr;
  v8py_run* run = nullptr;
  v8py_result* result = nullptr;
  char* text = nullptr;
  REQUIRE(v8py_runtime_new("/tmp", &runtime) == nullptr);
  Options options(v8py_options_new());
  for (v8py_error* error : {v8py_runtime_new(nullptr, nullptr),
                            v8py_runtime_check(nullptr, &text),
                            v8py_runtime_check(runtime, nullptr),
                            v8py_options_set_code(nullptr, "1", 1),
                            v8py_options_set_code(options.get(), nullptr, 1),
                            v8py_options_set_file(options.get(), nullptr, "1", 1),
                            v8py_options_set_file(options.get(), "a.py", nullptr, 1),
                            v8py_options_set_module(options.get(), nullptr),
                            v8py_options_add_argument(options.get(), nullptr),
                            v8py_options_set_environment(options.get(), nullptr, "x"),
                            v8py_options_set_environment(options.get(), "A", nullptr),
                            v8py_options_set_limit(nullptr, V8PY_LIMIT_WALL, 1),
                            v8py_run_start(nullptr, options.get(), &run),
                            v8py_run_start(runtime, nullptr, &run),
                            v8py_run_start(runtime, options.get(), nullptr),
                            v8py_run_wait(nullptr, &result),
                            v8py_session_new(nullptr, &session),
                            v8py_session_new(runtime, nullptr),
                            v8py_session_start(nullptr, options.get(), &run),
                            v8py_session_end(nullptr, options.get(), &run)}) {
    CHECK(Refused(error) == "a pointer is NULL that must not be");
  }
  // Refused, they changed nothing; and nothing is at no address.
  CHECK(v8py_options_set_code(options.get(), nullptr, 0) == nullptr);
  v8py_runtime_free(runtime);
}

TEST_CASE("streams and flags that do not exist are nobody's") {
  Options options(v8py_options_new());
  v8py_options_set_terminal(options.get(), static_cast<v8py_stream>(3), 80, 25);
  v8py_options_set_terminal(options.get(), static_cast<v8py_stream>(-1), 80, 25);
  v8py_options_set_flag(options.get(), static_cast<v8py_flag>(99), 1);
  Home home("ready run output result");
  size_t size = 1;
  v8py_result* result = home.Wait(home.Start());
  CHECK(std::string(v8py_result_output(result, static_cast<v8py_stream>(3), &size)).empty());
  CHECK(size == 0);
  v8py_result_free(result);
}

TEST_CASE("a run outlives its runtime: it has ended, and takes whatever is asked of it") {
  Home home("ready run output sleep");
  v8py_run* run = home.Start();
  v8py_runtime_free(std::exchange(home.runtime, nullptr));
  v8py_run_write_input(run, "x", 1);
  v8py_run_end_input(run);
  v8py_run_cancel(run);
  v8py_run_kill(run);
  v8py_result* result = home.Wait(run);
  CHECK(v8py_result_get_status(result) == V8PY_STATUS_CANCELLED);
  v8py_result_free(result);
}

TEST_CASE("a run may be freed without a wait, before and after its runtime") {
  Home home("ready run flood");
  v8py_run_free(home.Start());
  v8py_run* run = home.Start();
  v8py_runtime_free(std::exchange(home.runtime, nullptr));
  v8py_run_free(run);
}

TEST_CASE("a run is waited for once, and not from its own callback") {
  Home home("ready run output result");
  std::string refused;
  auto again = [](void* user, v8py_stream, const char*, size_t) {
    auto& [run, message] = *static_cast<std::pair<v8py_run*, std::string*>*>(user);
    v8py_result* result = nullptr;
    *message = Refused(v8py_run_wait(run, &result));
    return 0;
  };
  std::pair<v8py_run*, std::string*> session{nullptr, &refused};
  v8py_options_set_callbacks(home.options.get(), again, nullptr, &session);
  session.first = home.Start();
  v8py_result* result = nullptr;
  REQUIRE(v8py_run_wait(session.first, &result) == nullptr);
  CHECK(refused == "this run was waited for already");
  CHECK(v8py_result_exit_code(result) == 0);
  v8py_result_free(result);
  Refused(v8py_run_wait(session.first, &result));
  CHECK(result == nullptr);
  v8py_run_free(session.first);
}

TEST_CASE("a worker that speaks or ends between two programs ends its session") {
  const std::pair<const char*, const char*> cases[] = {
      {"ready run kept sleep_little output sleep", "broke the protocol"},
      {"ready run kept sleep_little garbage sleep", "broke the protocol"},
      {"ready run kept sleep_little exit", "ended by exit code 4"},
      {"ready run kept sleep_little crash", "ended by signal 9 (Killed)"}};
  for (auto [words, why] : cases) {
    Home home(words);
    v8py_session* session = nullptr;
    REQUIRE(v8py_session_new(home.runtime, &session) == nullptr);
    v8py_run* run = nullptr;
    REQUIRE(v8py_session_start(session, home.options.get(), &run) == nullptr);
    v8py_result* result = home.Wait(run);
    CHECK(v8py_result_get_status(result) == V8PY_STATUS_OK);
    v8py_result_free(result);
    for (int i = 0; i < 2000 && v8py_session_alive(session, nullptr); ++i) usleep(5000);
    CHECK(Refused(v8py_session_start(session, home.options.get(), &run)) ==
          "the session has ended: its interpreter " + std::string(why) + "; make another");
    CHECK(run == nullptr);
    v8py_session_free(session);
  }
}

TEST_CASE("a worker that is not kept, or breaks down with a program, ends its session") {
  for (const char* words : {"ready run kept run result sleep", "ready run kept run garbage sleep",
                            "ready run kept run exit"}) {
    Home home(words);
    v8py_session* session = nullptr;
    REQUIRE(v8py_session_new(home.runtime, &session) == nullptr);
    for (int alive : {1, 0}) {
      v8py_run* run = nullptr;
      REQUIRE(v8py_session_start(session, home.options.get(), &run) == nullptr);
      v8py_result_free(home.Wait(run));
      CHECK(v8py_session_alive(session, nullptr) == alive);
    }
    v8py_session_free(session);
  }
}

TEST_CASE("a worker that says it is kept without being asked is not") {
  Home home("ready run kept sleep");
  v8py_result* result = home.Wait(home.Start());
  CHECK(v8py_result_get_status(result) == V8PY_STATUS_OK);
  v8py_result_free(result);
}

TEST_CASE("an image that nobody made is refused, and one with packages wants their folder") {
  Home home("exit 3");
  std::ofstream(home.folder / "share/v8py/build_id") << "id";
  v8py_runtime* runtime = nullptr;
  REQUIRE(v8py_runtime_new(home.folder.c_str(), &runtime) == nullptr);
  v8py_error* error = v8py_runtime_set_image(runtime, "nobody-made-it");
  REQUIRE(error != nullptr);
  CHECK(v8py_error_get_code(error) == V8PY_ERROR_WORLD);
  CHECK(std::string(v8py_error_message(error)).find("'nobody-made-it'") != std::string::npos);
  v8py_error_free(error);
  CHECK(Refused(v8py_runtime_set_image(runtime, nullptr)).find("NULL") != std::string::npos);

  v8py_image_options* options = v8py_image_options_new();
  CHECK(v8py_image_options_add_package(options, "numpy") == nullptr);
  CHECK(v8py_image_options_add_preload(options, nullptr) == nullptr);
  Refused(v8py_image_options_add_package(options, nullptr));
  char* path = nullptr;
  error = v8py_image_build(runtime, options, nullptr, nullptr, &path);
  REQUIRE(error != nullptr);
  CHECK(std::string(v8py_error_message(error)).find("the installation is not complete") !=
        std::string::npos);
  v8py_error_free(error);
  CHECK(path == nullptr);
  v8py_image_options_free(options);
  v8py_runtime_free(runtime);
}

TEST_CASE("an image takes its packages and their sources from a program's options") {
  Home home("exit 3");
  std::ofstream(home.folder / "share/v8py/build_id") << "id";
  std::filesystem::create_directories(home.folder / "share/v8py/wheels");
  std::ofstream(home.folder / "share/v8py/wheels/sources.json")
      << R"({"index":"https://x.invalid"})";
  std::filesystem::path nowhere = home.folder / "nowhere";
  v8py_runtime* runtime = nullptr;
  REQUIRE(v8py_runtime_new(home.folder.c_str(), &runtime) == nullptr);
  v8py_options* program = v8py_options_new();
  REQUIRE(v8py_options_add_package(program, "numpy") == nullptr);
  v8py_image_options* image = v8py_image_options_new();
  CHECK(Refused(v8py_image_options_set_packages(image, nullptr)).find("NULL") != std::string::npos);
  CHECK(Refused(v8py_image_options_set_packages(nullptr, program)).find("NULL") !=
        std::string::npos);
  auto why_not_built = [&] {
    REQUIRE(v8py_image_options_set_packages(image, program) == nullptr);
    char* path = nullptr;
    v8py_error* error = v8py_image_build(runtime, image, nullptr, nullptr, &path);
    REQUIRE(error != nullptr);
    std::string why = v8py_error_message(error);
    v8py_error_free(error);
    CHECK(path == nullptr);
    return why;
  };
  REQUIRE(v8py_options_set_package_source(program, V8PY_SOURCE_DISTRIBUTION, nowhere.c_str()) ==
          nullptr);
  CHECK(why_not_built().find(nowhere.string() + " has no pyodide-lock.json") != std::string::npos);

  SUBCASE("and nobody made it, so it is not found") {
    char text[] = "text";
    char* json = text;
    CHECK(v8py_image_find(runtime, image, &json) == nullptr);
    CHECK(json == nullptr);
    Refused(v8py_image_find(runtime, image, nullptr));
    json = text;
    Refused(v8py_image_find(runtime, nullptr, &json));
    CHECK(json == nullptr);
    Refused(v8py_image_find(nullptr, image, &json));
  }
  v8py_image_options_free(image);
  v8py_options_free(program);
  v8py_runtime_free(runtime);
}

TEST_CASE("freeing nothing is allowed") {
  v8py_session_free(nullptr);
  v8py_error_free(nullptr);
  v8py_runtime_free(nullptr);
  v8py_options_free(nullptr);
  v8py_run_free(nullptr);
  v8py_result_free(nullptr);
  v8py_string_free(nullptr);
}
