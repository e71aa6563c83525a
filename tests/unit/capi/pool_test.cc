// The pool, with real interpreters: through the C interface, as an embedding program has it.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"
#include "include/v8py.h"
#include "processes.h"
#include "unit/capi/answer.h"
#include "unit/leak_check.h"

namespace v8py {

namespace {

// Every test has a runtime with a pool, which leaves nothing behind.
struct PoolFixture {
  explicit PoolFixture(int guests = 4) {
    REQUIRE(v8py_runtime_new(nullptr, &runtime) == nullptr);
    v8py_error* error = v8py_runtime_set_pool(runtime, guests);
    REQUIRE_MESSAGE(error == nullptr, std::string(error ? v8py_error_message(error) : ""));
  }
  ~PoolFixture() { v8py_runtime_free(runtime); }

  Answer Run(const std::string& code, v8py_limit limit = V8PY_LIMIT_WALL, uint64_t value = 60'000) {
    return RunIn(runtime, code, limit, value);
  }

  LeakCheck leaks;  // last to go
  v8py_runtime* runtime = nullptr;
};

pid_t ZygoteOf(pid_t parent) {
  std::vector<ProcessInfo> children = ChildrenOf(parent);
  REQUIRE(children.size() == 1);
  return children[0].pid;
}

}  // namespace

TEST_CASE_FIXTURE(PoolFixture, "each run gets a fresh interpreter that was ready") {
  for (int i = 0; i < 200; ++i) {
    Answer answer = Run(
        "import builtins, json, os, js\n"
        "seen = [hasattr(builtins, 'mark'), os.path.exists('/tmp/mark'), hasattr(js, 'mark'),\n"
        "        hasattr(js.Object.prototype, 'mark'), json.loads is None, 'MARK' in os.environ]\n"
        "builtins.mark = 1; open('/tmp/mark', 'w').close(); js.mark = 1\n"
        "js.Object.prototype.mark = 1; json.loads = None; os.environ['MARK'] = '1'\n"
        "print(any(seen), " +
        std::to_string(i) + " * 3)");
    CHECK(answer.status == "ok");
    REQUIRE(answer.output == "False " + std::to_string(i * 3) + "\n");
    CHECK(answer.json["start"]["from"] == "image");
  }
}

TEST_CASE_FIXTURE(PoolFixture, "no two guests have a random value in common") {
  std::set<std::string> values;
  for (int i = 0; i < 300; ++i) {
    Answer answer =
        Run("import js, os, random, secrets, uuid\n"
            "print(random.random(), secrets.token_hex(16), uuid.uuid4(), uuid.uuid1().clock_seq * "
            "1000003 + "
            "uuid.getnode(), os.urandom(8).hex(), js.Math.random(), js.crypto.randomUUID())");
    std::istringstream words(answer.output);
    int count = 0;
    for (std::string word; words >> word; ++count) CHECK(values.insert(word).second);
    REQUIRE(count == 7);
  }
}

TEST_CASE_FIXTURE(PoolFixture, "limits and faults in a guest are results, and the next run works") {
  Answer endless = Run("while True: pass", V8PY_LIMIT_WALL, 300);
  CHECK(endless.status == "timeout");
  CHECK(endless.json["where"][0] == "File \"<string>\", line 1, in <module>");
  CHECK(Run("sum(range(10**12))", V8PY_LIMIT_WALL, 300).status == "timeout");
  CHECK(Run("while True: pass", V8PY_LIMIT_CPU, 200).json["reason"] == "cpu");
  CHECK(Run("x = bytearray(10**9)", V8PY_LIMIT_MEMORY, uint64_t{256} << 20).status == "memory");
  CHECK(Run("print('x' * 100)", V8PY_LIMIT_OUTPUT, 10).json["truncated"]["stdout"]["total"] == 101);
  CHECK(Run("import faulthandler; faulthandler._sigsegv()").json["reason"] == "wasm_trap");
  CHECK(Run("import os; os._exit(3)").json["exit_code"] == 3);
  CHECK(Run("1/0").json["error"]["type"] == "ZeroDivisionError");
  CHECK(Run("print('fine')").output == "fine\n");
}

TEST_CASE("runs of many threads get their own answers, while zygote and guests are killed") {
  PoolFixture pool(6);
  std::atomic<int> killed = 0, wrong = 0, left = 4;
  std::mutex mutex;
  std::string seen;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i) {
        std::string number = std::to_string(t * 1000 + i);
        Answer answer = pool.Run("print(" + number + ")");
        // A worker that is started when the pool has nothing to give is killed here, too.
        bool told = answer.status == "killed" ||
                    answer.status.find("by signal 9 (Killed)") != std::string::npos;
        if (told) {
          ++killed;
        } else if (answer.output != number + "\n") {
          ++wrong;
          std::lock_guard lock(mutex);
          seen += number + ": " + answer.status + ", '" + answer.output + "'\n";
        }
      }
      --left;
    });
  }
  // A zygote first, then one of its guests, and so on.
  for (int i = 0; left > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    for (ProcessInfo child : ChildrenOf(getpid())) {
      std::vector<ProcessInfo> guests = ChildrenOf(child.pid);
      if (i % 2 == 0 && i < 10) kill(child.pid, SIGKILL);
      if (i % 2 == 1 && !guests.empty()) kill(guests[0].pid, SIGKILL);
    }
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_MESSAGE(wrong == 0, seen);
  MESSAGE(killed.load(), " of 240 runs lost their guest");
  // The last that were killed are noticed by then.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  CHECK(pool.Run("print('fine')").output == "fine\n");
}

TEST_CASE_FIXTURE(PoolFixture, "a guest that was killed while it waited is given to nobody") {
  for (int i = 0; i < 100; ++i) {
    for (ProcessInfo guest : ChildrenOf(ZygoteOf(getpid()))) kill(guest.pid, SIGKILL);
    // Either it was noticed, or it is a fault: but there is an end.
    std::string number = std::to_string(i);
    Answer answer = Run("print(" + number + ")");
    CHECK((answer.status == "killed" || answer.output == number + "\n"));
  }
}

TEST_CASE("a pool that loses its zygote, and the zygote's guests, has a new one") {
  PoolFixture pool(2);
  CHECK(pool.Run("print(1)").output == "1\n");
  pid_t first = ZygoteOf(getpid());
  kill(first, SIGKILL);
  for (int i = 0; i < 5; ++i) CHECK(pool.Run("print(2)").status != "error");
  CHECK(pool.Run("print(3)").output == "3\n");
  CHECK(ZygoteOf(getpid()) != first);
}

TEST_CASE("a pool of 0, of 1, of 50, and none of 1001") {
  PoolFixture pool(1);
  CHECK(pool.Run("print(1)").output == "1\n");
  CHECK(v8py_runtime_set_pool(pool.runtime, 50) == nullptr);
  CHECK(pool.Run("print(50)").output == "50\n");
  for (int size : {-1, 1001}) {
    v8py_error* error = v8py_runtime_set_pool(pool.runtime, size);
    REQUIRE(error != nullptr);
    CHECK(v8py_error_get_code(error) == V8PY_ERROR_CALLER);
    v8py_error_free(error);
  }
  CHECK(v8py_runtime_set_pool(pool.runtime, 0) == nullptr);
  CHECK(ChildrenOf(getpid()).empty());
  CHECK(pool.Run("print(0)").output == "0\n");
}

}  // namespace v8py
