// Python itself, without a process around it. Each case boots an interpreter (two seconds), so a
// case asks more than one question; what the command line shows is in tests/spec/.
#include "python/interpreter.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "unit/engine/fixture.h"

namespace v8py {

namespace {

using Outcome = ResultMessage::Outcome;

struct Python {
  MemoryHost host;
  Result<Assets> assets = Assets::Load(AssetsFolder());
  Result<BootFiles> files = BootFiles::Load("");
  std::vector<Step> steps;
  std::unique_ptr<Interpreter> interpreter;

  Python() {
    REQUIRE_MESSAGE(assets, assets.error().message());
    auto booted = Interpreter::Boot(TestEngine(), *assets, *files, host, {}, steps);
    REQUIRE_MESSAGE(booted, booted.error().message());
    interpreter = std::move(*booted);
  }

  ResultMessage Run(std::string source, RunMessage program = {}) {
    program.name = "<string>";
    program.argv = {"-c"};
    program.source = std::move(source);
    program.want_value = true;
    return interpreter->Run(program);
  }
};

}  // namespace

TEST_CASE("a program's output, value and standard input pass; boot has named steps") {
  Python python;
  python.host.input = "line\nrest!";
  ResultMessage result = python.Run(
      "import sys\n"
      "print('out'); print('err', file=sys.stderr)\n"
      "first = input()\n"
      "rest = sys.stdin.read()\n"
      "[first, len(rest), {'k': (1, 2.5, None)}]");
  CHECK(result.outcome == Outcome::kOk);
  CHECK(python.host.output[1] == "out\n");
  CHECK(python.host.output[2] == "err\n");
  REQUIRE(result.value);
  CHECK(*result.value->json == ParseJson(R"(["line", 5, {"k": [1, 2.5, null]}])").value());
  CHECK(python.interpreter->python_version().starts_with("3.14."));
  CHECK(python.steps.size() >= 4);
}

TEST_CASE("an uncaught exception has a traceback without our frames") {
  Python python;
  ResultMessage result = python.Run("def f():\n    1/0\nf()");
  CHECK(result.outcome == Outcome::kError);
  CHECK(result.exit_code == 1);
  REQUIRE(result.error);
  CHECK(result.error->type == "ZeroDivisionError");
  CHECK(result.error->line == 2);
  CHECK(result.error->traceback.find("_v8py") == std::string::npos);
  CHECK(python.host.output[2] == result.error->traceback);
}

TEST_CASE("memory: under the limit it is there, over it the program ends by the limit") {
  Python python;
  RunMessage limited;
  limited.memory_limit = uint64_t{128} << 20;
  ResultMessage result =
      python.Run("x = bytearray(50_000_000)\nprint(len(x))\ny = bytearray(200_000_000)", limited);
  CHECK(python.host.output[1] == "50000000\n");
  CHECK(result.outcome == Outcome::kMemory);
  CHECK(result.reason == "wasm_memory");
  CHECK(result.memory_requested >= 100'000'000);
  CHECK(result.error->line == 3);
  CHECK(result.usage.wasm_bytes <= limited.memory_limit);
}

TEST_CASE("an interrupt raises TimeoutError at the line that runs") {
  Python python;
  std::thread other([&] {
    python.host.first_output.get_future().wait();
    python.interpreter->Interrupt(InterruptMessage::Reason::kWall);
  });
  RunMessage program;
  program.wall_limit_ms = 100;
  ResultMessage result = python.Run("x = 1\nwhile True: print(x)", program);
  other.join();
  CHECK(result.outcome == Outcome::kError);
  CHECK(result.error->type == "TimeoutError");
  CHECK(result.error->line == 2);
}

TEST_CASE("a program that swallows every exception is terminated, and the line is known") {
  Python python;
  std::thread other([&] {
    python.host.first_output.get_future().wait();
    python.interpreter->Interrupt(InterruptMessage::Reason::kWall);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    python.interpreter->Terminate();
  });
  ResultMessage result = python.Run(
      "while True:\n"
      "    try:\n"
      "        print('up')\n"
      "        while True: pass\n"
      "    except BaseException: pass");
  other.join();
  CHECK(result.outcome == Outcome::kTerminated);
  REQUIRE(!result.where.empty());
  CHECK(result.where.back() == "File \"<string>\", line 4, in <module>");
}

TEST_CASE("a program that waits is woken by an interrupt") {
  Python python;
  std::thread other([&] {
    python.host.first_output.get_future().wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    python.interpreter->Interrupt(InterruptMessage::Reason::kCancel);
  });
  ResultMessage result = python.Run(
      "import asyncio\n"
      "try:\n"
      "    print('up'); await asyncio.sleep(1000)\n"
      "finally:\n"
      "    print('cleaned up')");
  other.join();
  CHECK(result.error->type == "KeyboardInterrupt");
  CHECK(result.error->line == 3);
  CHECK(python.host.output[1] == "up\ncleaned up\n");
}

TEST_CASE("a trap in WebAssembly is a crash with its reason and place") {
  Python python;
  ResultMessage result = python.Run("import faulthandler\nfaulthandler._sigsegv()");
  CHECK(result.outcome == Outcome::kCrashed);
  CHECK(result.reason == "wasm_trap");
  REQUIRE(!result.where.empty());
  CHECK(result.where.back() == "File \"<string>\", line 2, in <module>");
}

TEST_CASE("a guest that replaces JavaScript's intrinsics only hurts itself") {
  Python python;
  ResultMessage result = python.Run(
      "import js\n"
      "forge = js.Math.random\n"
      "for owner, name in ((js.JSON, 'stringify'), (js.JSON, 'parse'),\n"
      "                    (js.Date.prototype, 'valueOf'), (js.Promise.prototype, 'then')):\n"
      "    js.Reflect.set(owner, name, forge)\n"
      "41 + 1");
  INFO(result.reason, " ", result.error ? result.error->message : "");
  CHECK(result.outcome == Outcome::kOk);
  REQUIRE(result.value);
  CHECK(result.value->repr == "42");
}

}  // namespace v8py
