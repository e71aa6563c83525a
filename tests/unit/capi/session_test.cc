// Kept sessions, with real interpreters: through the C interface, as an embedding program has them.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/json.h"
#include "include/v8py.h"
#include "unit/capi/answer.h"
#include "unit/leak_check.h"

namespace v8py {

namespace {

// The message of an error, which is freed; "": none.
struct Session {
  explicit Session(v8py_runtime* runtime) {
    REQUIRE(Message(v8py_session_new(runtime, &session)) == "");
  }
  Session(const Session&) = delete;
  ~Session() { Free(); }
  void Free() { v8py_session_free(std::exchange(session, nullptr)); }

  v8py_run* Start(const Options& options) {
    v8py_run* run = nullptr;
    CHECK(Message(v8py_session_start(session, options.options, &run)) == "");
    return run;
  }
  v8py_run* Start(const std::string& code) { return Start(Options(code)); }
  Answer Run(const Options& options) { return Wait(Start(options)); }
  Answer Run(const std::string& code) { return Wait(Start(code)); }
  // What a start says now.
  std::string Refusal() {
    v8py_run* run = nullptr;
    Options options("1");
    std::string message = Message(v8py_session_start(session, options.options, &run));
    CHECK(run == nullptr);
    return message;
  }
  bool Alive() { return v8py_session_alive(session, nullptr) != 0; }

  v8py_session* session = nullptr;
};

struct Runtime {
  explicit Runtime(int guests = 3) {
    REQUIRE(v8py_runtime_new(nullptr, &runtime) == nullptr);
    REQUIRE(Message(v8py_runtime_set_pool(runtime, guests)) == "");
  }
  ~Runtime() { v8py_runtime_free(runtime); }

  LeakCheck leaks;  // last to go
  v8py_runtime* runtime = nullptr;
};

void Sleep(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace

TEST_CASE("a program finds what those before it left; with a pool and without") {
  for (int guests : {0, 3}) {
    Runtime runtime(guests);
    Session session(runtime.runtime);
    CHECK(session.Alive());
    CHECK(session.Run("import json\nx = [1]\ndef f(n): return n / 0").status == "ok");
    CHECK(session.Run("x.append(2); open('/tmp/file', 'w').write('here')").value == "4");
    Answer answer = session.Run("json.dumps(x) + open('/tmp/file').read()");
    CHECK(answer.value == "'[1, 2]here'");
    CHECK(answer.json["session"]["call"] == 3);
    CHECK(answer.json["start"]["from"] == "image");
    // The lines of an earlier program are known, under a name of their own.
    answer = session.Run("f(1)");
    CHECK(answer.status == "error");
    CHECK(answer.errors.find("File \"<cell 4>\", line 1, in <module>\n    f(1)\n") !=
          std::string::npos);
    CHECK(answer.errors.find("File \"<cell 1>\", line 3, in f\n    def f(n): return n / 0\n") !=
          std::string::npos);
    CHECK(session.Run("x").value == "[1, 2]");
  }
}

TEST_CASE_FIXTURE(Runtime, "arguments, environment, input and limits are each program's own") {
  Session session(runtime);
  std::string look = "import os, sys; sys.argv[1:], os.environ.get('A'), os.environ.get('B')";
  Options given(look);
  v8py_options_add_argument(given.options, "word");
  v8py_options_set_environment(given.options, "A", "a");
  CHECK(session.Run(given).value == "(['word'], 'a', None)");
  CHECK(session.Run("os.environ['B'] = 'b'").status == "ok");
  CHECK(session.Run(look).value == "([], None, 'b')");

  auto answer_with = [](void* text, v8py_run* run) {
    auto* input = static_cast<const char*>(text);
    v8py_run_write_input(run, input, strlen(input));
    v8py_run_end_input(run);
  };
  for (const char* input : {"first\nrest of it", "second\nmore"}) {
    Options reading("input()");
    v8py_options_set_callbacks(reading.options, nullptr, answer_with, const_cast<char*>(input));
    CHECK(session.Run(reading).value == "'" + std::string(input, strchr(input, '\n')) + "'");
  }
  CHECK(session.Run("input()").json["error"]["type"] == "EOFError");

  Options talkative("print('x' * 100)");
  CHECK(session.Run(talkative.Limit(V8PY_LIMIT_OUTPUT, 10)).json["truncated"]["stdout"]["kept"] ==
        10);
  CHECK(session.Run("print('x' * 100)").output.size() == 101);
  Options busy("while True: pass");
  CHECK(session.Run(busy.Limit(V8PY_LIMIT_CPU, 100)).json["reason"] == "cpu");
  CHECK(session.Run("sum(range(3_000_000))").status == "ok");

  Options terminal("sys.stdout.isatty(), os.get_terminal_size().columns");
  v8py_options_set_terminal(terminal.options, V8PY_STDOUT, 99, 20);
  CHECK(session.Run(terminal).value == "(True, 99)");
  CHECK(session.Run("sys.stdout.isatty()").value == "False");
}

TEST_CASE_FIXTURE(Runtime, "an exception, an exit, a time-out and a cancel leave the session") {
  Session session(runtime);
  CHECK(session.Run("x = 1").status == "ok");
  CHECK(session.Run("x += 1; 1 / 0").status == "error");
  CHECK(session.Run("x += 1; def").json["error"]["type"] == "SyntaxError");
  Answer exited = session.Run("import sys; x += 1; sys.exit(3)");
  CHECK(exited.status == "ok");
  CHECK(exited.json["exit_code"] == 3);
  for (const char* forever : {"x += 1\nwhile True: pass", "import time; x += 1; time.sleep(100)",
                              "import asyncio; x += 1; await asyncio.sleep(100)"}) {
    Options endless(forever);
    CHECK(session.Run(endless.Limit(V8PY_LIMIT_WALL, 100)).status == "timeout");
    v8py_run* run = session.Start(forever);
    Sleep(50);
    v8py_run_cancel(run);
    CHECK(Wait(run).status == "cancelled");
  }
  CHECK(session.Alive());
  CHECK(session.Run("x").value == "9");
}

TEST_CASE_FIXTURE(Runtime, "a program that computes is stopped by asking, each time") {
  Session session(runtime);
  Options endless("while True: pass");
  endless.Limit(V8PY_LIMIT_WALL, 60);
  for (int i = 0; i < 50; ++i) {
    CHECK(session.Run(endless).json["error"]["type"] == "TimeoutError");
    REQUIRE(session.Alive());
  }
}

TEST_CASE_FIXTURE(Runtime, "what cannot be stopped by asking, and what crashes, ends the session") {
  const std::pair<const char*, const char*> cases[] = {
      {"sum(range(10**12))", "timeout, wall"},
      {"while True:\n  try:\n    while True: pass\n  except BaseException: pass", "timeout, wall"},
      {"import faulthandler; faulthandler._sigsegv()", "killed, wasm_trap"},
      {"import os; os._exit(3)", "exited"}};
  for (auto [code, why] : cases) {
    Session session(runtime);
    CHECK(session.Run("x = 1").status == "ok");
    Options options(code);
    session.Run(options.Limit(V8PY_LIMIT_WALL, 200));
    const char* reason = nullptr;
    CHECK(v8py_session_alive(session.session, &reason) == 0);
    INFO(reason);
    CHECK(std::string(reason).find(why) != std::string::npos);
    CHECK(session.Refusal() == reason);
  }
  Session killed(runtime);
  v8py_run* run = killed.Start("while True: pass");
  Sleep(50);
  v8py_run_kill(run);
  CHECK(Wait(run).status == "cancelled");
  CHECK(killed.Refusal().find("the session has ended") == 0);
  // The others have noticed nothing.
  Session session(runtime);
  CHECK(session.Run("1").value == "1");
}

TEST_CASE_FIXTURE(Runtime, "the memory limit is the first program's, and reaching it is survived") {
  Session session(runtime);
  Options first("x = bytearray(10**8)");
  first.Limit(V8PY_LIMIT_MEMORY, uint64_t{256} << 20);
  CHECK(session.Run(first).status == "ok");
  Options more("y = bytearray(3 * 10**8)");
  more.Limit(V8PY_LIMIT_MEMORY, uint64_t{1} << 30);
  Answer answer = session.Run(more);
  CHECK(answer.status == "memory");
  CHECK(answer.json["limit"]["value"] == uint64_t{256} << 20);
  CHECK(session.Run("len(x)").value == "100000000");
  // An error of its own is no limit, also after one that was.
  CHECK(session.Run("raise MemoryError").status == "error");
}

TEST_CASE_FIXTURE(Runtime, "programs that are started at once wait for their turn, in order") {
  Session session(runtime);
  std::vector<v8py_run*> runs = {session.Start("order = []; import time; time.sleep(0.1)")};
  for (int i = 0; i < 20; ++i) {
    runs.push_back(session.Start("order.append(" + std::to_string(i) + ")"));
  }
  v8py_run* unwanted = session.Start("order.append('unwanted')");
  v8py_run_cancel(unwanted);
  CHECK(Wait(unwanted).status == "cancelled");
  v8py_run_free(session.Start("order.append('freed')"));
  runs.push_back(session.Start("order == list(range(20))"));
  CHECK(Wait(runs.front()).status == "ok");
  for (size_t i = 1; i + 1 < runs.size(); ++i) {
    Answer answer = Wait(runs[i]);
    CHECK(answer.status == "ok");
    CHECK(answer.json["durations"]["queue_ms"].get<double>() >= 50);
  }
  CHECK(Wait(runs.back()).value == "True");
  CHECK(session.Alive());
}

TEST_CASE_FIXTURE(Runtime, "when the session ends, those that wait for their turn are errors") {
  Session session(runtime);
  v8py_run* crash = session.Start("import time, os; time.sleep(0.1); os._exit(0)");
  v8py_run* waiting = session.Start("1");
  CHECK(Wait(crash).status == "ok");
  CHECK(Wait(waiting).status.find("the session has ended") == 0);
}

TEST_CASE_FIXTURE(Runtime, "sessions are independent, and run at the same time") {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Session session(runtime);
      session.Run("x = " + std::to_string(t) + "; import builtins, js; builtins.y = js.z = x");
      for (int i = 0; i < 50; ++i) {
        Answer answer = session.Run("x += 10; x, y, js.z");
        std::string own = std::to_string(t);
        if (answer.value !=
            "(" + std::to_string(t + 10 * (i + 1)) + ", " + own + ", " + own + ")") {
          ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE_FIXTURE(Runtime, "an interrupt meets the program that it is for, and no other") {
  Session session(runtime);
  std::mt19937 random(1);
  std::uniform_int_distribution<int> microseconds(0, 1000);
  int cancelled = 0, done = 0;
  for (int i = 0; i < 500; ++i) {
    v8py_run* run = session.Start("x = " + std::to_string(i) + "; x");
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds(random)));
    v8py_run_cancel(run);
    Answer first = Wait(run);
    REQUIRE((first.status == "cancelled" || first.status == "ok"));
    first.status == "ok" ? ++done : ++cancelled;
    if (first.status == "ok") CHECK(first.value == std::to_string(i));
    Answer next =
        session.Run("[n * n for n in range(" + std::to_string(i) + ")][-3:], " + std::to_string(i));
    INFO("run ", i, ": ", next.status, next.json["error"].dump(), session.Alive());
    REQUIRE(next.status == "ok");
    REQUIRE(next.value.ends_with(", " + std::to_string(i) + ")"));
  }
  MESSAGE(cancelled, " cancelled, ", done, " done before");
}

TEST_CASE_FIXTURE(Runtime, "tasks that a program leaves go on while a later one waits") {
  Session session(runtime);
  CHECK(session
            .Run("import asyncio\nticks = 0\n"
                 "async def tick():\n"
                 "    global ticks\n"
                 "    while True: await asyncio.sleep(0.005); ticks += 1\n"
                 "task = asyncio.create_task(tick())")
            .status == "ok");
  Sleep(100);
  CHECK(session.Run("ticks").value == "0");
  CHECK(session.Run("await asyncio.sleep(0.1); ticks > 2").value == "True");
  // An interrupt is not theirs.
  Options endless("await asyncio.sleep(100)");
  CHECK(session.Run(endless.Limit(V8PY_LIMIT_WALL, 100)).status == "timeout");
  Options later("before = ticks\nwhile ticks <= before: await asyncio.sleep(0.01)\nTrue");
  CHECK(session.Run(later.Limit(V8PY_LIMIT_WALL, 20'000)).value == "True");
}

TEST_CASE_FIXTURE(Runtime, "a limit does not meet the event loop's own work for earlier tasks") {
  Session session(runtime);
  CHECK(session
            .Run("import asyncio\nturns = 0\n"
                 "async def turn():\n"
                 "    global turns\n"
                 "    while True: await asyncio.sleep(0); turns += 1\n"
                 "task = asyncio.create_task(turn())")
            .status == "ok");
  for (int i = 0; i < 30; ++i) {
    Options endless("await asyncio.sleep(100)");
    REQUIRE(session.Run(endless.Limit(V8PY_LIMIT_WALL, 20)).status == "timeout");
    REQUIRE(session.Run("task.done()").value == "False");
    Options later("before = turns\nwhile turns <= before: await asyncio.sleep(0)\nTrue");
    REQUIRE(session.Run(later.Limit(V8PY_LIMIT_WALL, 20'000)).value == "True");
  }
}

TEST_CASE_FIXTURE(Runtime, "exit functions run when the session is asked to end, and only then") {
  Session session(runtime);
  CHECK(session
            .Run("import atexit; atexit.register(print, 'bye')\n"
                 "class Late:\n    def __del__(self, print=print): print('late')\n"
                 "late = Late()")
            .output == "");
  Options last("print('last')");
  v8py_run* run = nullptr;
  REQUIRE(Message(v8py_session_end(session.session, last.options, &run)) == "");
  CHECK(Wait(run).output == "last\nbye\nlate\n");
  CHECK(session.Refusal() == "the session has ended: its interpreter has exited; make another");

  // Within limits, without a program, and as the first thing.
  for (bool used : {true, false}) {
    Session other(runtime);
    if (used) other.Run("import atexit, time; atexit.register(time.sleep, 100)");
    Options nothing("");
    nothing.Limit(V8PY_LIMIT_WALL, 200);
    REQUIRE(Message(v8py_session_end(other.session, nothing.options, &run)) == "");
    CHECK(Wait(run).status == (used ? "timeout" : "ok"));
    CHECK(!other.Alive());
  }
}

TEST_CASE("a thousand programs leave the memory of both sides as it was") {
  Runtime runtime(1);
  Session session(runtime.runtime);
  auto own_data = [] {
    FILE* file = fopen("/proc/self/statm", "r");
    long pages[6] = {};
    for (long& number : pages) REQUIRE(fscanf(file, "%ld", &number) == 1);
    fclose(file);
    return pages[5] * 4096;
  };
  auto many = [&](int count) {
    const char* code = "import time\nprint('x' * 1000); time.sleep(0); [0] * 1000";
    for (int i = 1; i < count; ++i) {
      v8py_run* run = session.Start(code);
      v8py_result* result = nullptr;
      REQUIRE(Message(v8py_run_wait(run, &result)) == "");
      REQUIRE(v8py_result_get_status(result) == V8PY_STATUS_OK);
      v8py_result_free(result);
      v8py_run_free(run);
    }
    return session.Run(code).json["peak_memory"];
  };
  // V8's heap finds its size.
  many(1000);
  [[maybe_unused]] long before = own_data();
  Json memory_before = many(200);
  Json memory = many(1000);
  INFO(memory_before.dump(), memory.dump());
  CHECK(memory["wasm_bytes"] == memory_before["wasm_bytes"]);
  CHECK(memory["resident_bytes"].get<double>() <
        memory_before["resident_bytes"].get<double>() + 8e6);
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)  // which keep what is freed
  CHECK(own_data() - before < 4'000'000);
#endif
}

TEST_CASE("a session may be freed while programs run, and before or after its runtime") {
  for (bool runtime_first : {false, true}) {
    for (int guests : {0, 2}) {
      Runtime runtime(guests);
      Session idle(runtime.runtime), unused(runtime.runtime), busy(runtime.runtime);
      CHECK(idle.Run("1").value == "1");
      v8py_run* run = busy.Start("while True: pass");
      v8py_run* waiting = busy.Start("1");
      Sleep(50);
      if (runtime_first) {
        v8py_runtime_free(std::exchange(runtime.runtime, nullptr));
        for (Session* session : {&idle, &unused, &busy}) {
          CHECK(session->Refusal() == "the session has ended with its runtime");
        }
      }
      for (Session* session : {&idle, &unused, &busy}) session->Free();
      CHECK(Wait(run).status == "cancelled");
      CHECK(Wait(waiting).status == "cancelled");
    }
  }
}

TEST_CASE_FIXTURE(Runtime, "an interpreter that dies between two programs ends the session") {
  Session session(runtime);
  CHECK(session.Run("1").value == "1");
  v8py_error* refused = v8py_runtime_set_pool(runtime, 1);
  CHECK(Message(refused) == "the pool cannot be changed while there are sessions");
  // All that the zygote has forked goes with it.
  FILE* children = popen(("pgrep -P " + std::to_string(getpid()) + " v8py").c_str(), "r");
  for (int pid; fscanf(children, "%d", &pid) == 1;) kill(pid, SIGKILL);
  pclose(children);
  for (int i = 0; i < 1000 && session.Alive(); ++i) Sleep(5);
  CHECK(session.Refusal() ==
        "the session has ended: its interpreter ended by signal 9 (Killed); make another");
}

TEST_CASE("the image cannot be changed under a session") {
  Runtime without_pool(0);
  Session session(without_pool.runtime);
  CHECK(Message(v8py_runtime_set_image(without_pool.runtime, "base"))
            .find("while programs run, or a session or a pool is kept") != std::string::npos);
  CHECK(session.Run("1 + 1").value == "2");
}

}  // namespace v8py
