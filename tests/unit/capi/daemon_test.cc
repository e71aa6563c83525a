// The daemon with real interpreters: served and used through the C interface.
#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"
#include "include/v8py_daemon.h"
#include "unit/capi/answer.h"
#include "unit/leak_check.h"
#include "unit/temporary_folder.h"

namespace v8py {

namespace {

Json Take(char* text) {
  Json json = *ParseJson(text);
  v8py_string_free(text);
  return json;
}

// A daemon on a thread, and a runtime that uses it.
struct DaemonFixture {
  explicit DaemonFixture(int guests = 4) {
    setenv("XDG_RUNTIME_DIR", session.path().c_str(), 1);
    REQUIRE(pipe(stop) == 0);
    REQUIRE(v8py_runtime_new(nullptr, &server) == nullptr);
    REQUIRE(v8py_runtime_new(nullptr, &runtime) == nullptr);
    v8py_runtime_use_daemon(runtime, 1);
    auto is_ready = ready.get_future();
    serving = std::thread([this, guests] {
      error = v8py_daemon_serve(
          server, guests, V8PY_UNLIMITED, stop[0],
          [](void* user) { static_cast<std::promise<void>*>(user)->set_value(); }, &ready, &why);
    });
    REQUIRE(is_ready.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  }
  ~DaemonFixture() {
    Stop();
    v8py_runtime_free(runtime);
    v8py_runtime_free(server);
    for (int fd : stop) close(fd);
    unsetenv("XDG_RUNTIME_DIR");
  }

  void Stop() {
    if (!serving.joinable()) return;
    CHECK(write(stop[1], "x", 1) == 1);
    serving.join();
    CHECK(error == nullptr);
    CHECK(std::string(why) == "it was told to");
    v8py_string_free(why);
  }

  Json Run(const std::string& code, v8py_limit limit = V8PY_LIMIT_WALL, uint64_t value = 60'000) {
    return RunIn(runtime, code, limit, value).json;
  }

  LeakCheck leaks;  // last to go
  TemporaryFolder session;
  int stop[2];
  v8py_runtime* server = nullptr;
  v8py_runtime* runtime = nullptr;
  std::promise<void> ready;
  std::thread serving;
  v8py_error* error = nullptr;
  char* why = nullptr;
};

}  // namespace

TEST_CASE_FIXTURE(DaemonFixture, "each run gets a fresh interpreter of the daemon's") {
  for (int i = 0; i < 100; ++i) {
    Json answer = Run("import builtins\nprint(hasattr(builtins, 'mark'), " + std::to_string(i) +
                      " * 3)\nbuiltins.mark = 1");
    REQUIRE(answer["stdout"] == "False " + std::to_string(i * 3) + "\n");
    REQUIRE(answer["start"]["from"] == "daemon");
  }
  char* text = nullptr;
  REQUIRE(v8py_daemon_status(runtime, &text) == nullptr);
  Json status = Take(text);
  CHECK(status["serving"] == true);
  CHECK(status["taken"] == 100);
  CHECK(status["guests"] == 4);
  CHECK(status["idle_timeout_ms"].is_null());
}

TEST_CASE_FIXTURE(DaemonFixture, "limits hold for the daemon's guests, and the next run works") {
  CHECK(Run("while True: pass", V8PY_LIMIT_WALL, 300)["status"] == "timeout");
  CHECK(Run("sum(range(10**12))", V8PY_LIMIT_WALL, 300)["status"] == "timeout");
  CHECK(Run("while True: pass", V8PY_LIMIT_CPU, 200)["reason"] == "cpu");
  CHECK(Run("x = bytearray(10**9)", V8PY_LIMIT_MEMORY, uint64_t{256} << 20)["status"] == "memory");
  CHECK(Run("print('x' * 100)", V8PY_LIMIT_OUTPUT, 10)["truncated"]["stdout"]["total"] == 101);
  CHECK(Run("import faulthandler; faulthandler._sigsegv()")["reason"] == "wasm_trap");
  CHECK(Run("import os; os._exit(3)")["exit_code"] == 3);
  Json last = Run("print('fine')");
  CHECK(last["stdout"] == "fine\n");
  CHECK(last["start"]["from"] == "daemon");
}

TEST_CASE_FIXTURE(DaemonFixture, "runs of many threads get their own answers") {
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 30; ++i) {
        std::string number = std::to_string(t * 1000 + i);
        if (Run("print(" + number + ")")["stdout"] != number + "\n") ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE_FIXTURE(DaemonFixture, "without the daemon a run starts as ever") {
  Stop();
  Json answer = Run("print('alone')");
  CHECK(answer["stdout"] == "alone\n");
  CHECK(answer["start"]["from"] == "image");
}

TEST_CASE_FIXTURE(DaemonFixture,
                  "stopped by a client, it ends, and a second one is refused before") {
  char* text = nullptr;
  v8py_error* second = v8py_daemon_serve(runtime, 2, 1000, -1, nullptr, nullptr, &text);
  REQUIRE(second != nullptr);
  CHECK(v8py_error_get_code(second) == V8PY_ERROR_CALLER);
  CHECK(std::string(v8py_error_message(second)) == "a daemon runs already");
  v8py_error_free(second);
  for (int guests : {-1, 0, 1001}) {
    v8py_error* refused = v8py_daemon_serve(runtime, guests, 1000, -1, nullptr, nullptr, &text);
    REQUIRE(refused != nullptr);
    CHECK(v8py_error_get_code(refused) == V8PY_ERROR_CALLER);
    v8py_error_free(refused);
  }
  v8py_options* options = v8py_options_new();
  v8py_options_set_code(options, "1", 1);
  v8py_run* run = nullptr;
  v8py_error* busy = v8py_run_start(server, options, &run);
  v8py_options_free(options);
  REQUIRE(busy != nullptr);
  CHECK(v8py_error_get_code(busy) == V8PY_ERROR_CALLER);
  v8py_error_free(busy);
  int pidfd = -1;
  REQUIRE(v8py_daemon_stop(runtime, 0, &text, &pidfd) == nullptr);
  CHECK(Take(text)["serving"] == true);
  // It is this very process, which does not end.
  pollfd ended{pidfd, POLLIN, 0};
  CHECK(poll(&ended, 1, 0) == 0);
  close(pidfd);
  serving.join();
  CHECK(std::string(why) == "it was told to");
  v8py_string_free(why);
  REQUIRE(v8py_daemon_stop(runtime, 1, &text, &pidfd) == nullptr);
  CHECK(Take(text)["serving"] == false);
  CHECK(pidfd == -1);
}

}  // namespace v8py
