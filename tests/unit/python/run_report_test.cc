#include "python/run_report.h"

#include <doctest/doctest.h>

namespace v8py {

using Outcome = ResultMessage::Outcome;

TEST_CASE("a report without an error is the outcome ok with its exit code and value") {
  ResultMessage result;
  ReadRunReport(R"({"outcome":"ok","exit_code":3,"value":{"repr":"[1]","json":[1]}})", 0, result);
  CHECK(result.outcome == Outcome::kOk);
  CHECK(result.exit_code == 3);
  REQUIRE(result.value);
  CHECK(result.value->repr == "[1]");
  CHECK(*result.value->json == Json::array({1}));
}

TEST_CASE("a MemoryError is the memory limit's only when a growth was refused") {
  const char* report = R"({"outcome":"error","exit_code":1,"is_memory_error":true,
    "error":{"type":"MemoryError","message":"","traceback":"","file":"a.py","line":4}})";
  ResultMessage raised, limited;
  ReadRunReport(report, 0, raised);
  CHECK(raised.outcome == Outcome::kError);
  ReadRunReport(report, 4096, limited);
  CHECK(limited.outcome == Outcome::kMemory);
  CHECK(limited.reason == "wasm_memory");
  CHECK(limited.memory_requested == 4096);
  CHECK(limited.error->line == 4);
}

TEST_CASE("a report that makes no sense is a crash, whatever it is made of") {
  for (const char* text : {"", "{", "[]", "null", "\"ok\"", "{\"outcome\":"}) {
    ResultMessage result;
    ReadRunReport(text, 0, result);
    CHECK(result.outcome == Outcome::kCrashed);
  }
  ResultMessage odd;
  ReadRunReport(R"({"outcome":7,"exit_code":"x","error":[],"where":{"a":1},"value":1})", 0, odd);
  CHECK(odd.outcome == Outcome::kError);
  CHECK(odd.exit_code == 0);
  CHECK(odd.where.empty());
}

TEST_CASE("os._exit() ends with its code") {
  ResultMessage result;
  ReadCrash({"exit", "259"}, result);
  CHECK(result.outcome == Outcome::kOk);
  CHECK(result.exit_code == 3);
}

TEST_CASE("a dump of frames is turned round, without ours") {
  ResultMessage result;
  ReadTermination(
      "Stack (most recent call first):\n"
      "  File \"a.py\", line 3 in f\n"
      "  File \"a.py\", line 9 in <module>\n"
      "  File \"/lib/python3.14/site-packages/_v8py.py\", line 159 in _evaluate\n",
      false, result);
  CHECK(result.outcome == Outcome::kTerminated);
  REQUIRE(result.where.size() == 2);
  CHECK(result.where[0] == "File \"a.py\", line 9, in <module>");
  CHECK(result.where[1] == "File \"a.py\", line 3, in f");
}

TEST_CASE("an exhausted JavaScript heap is the memory limit") {
  ResultMessage result;
  ReadTermination("", true, result);
  CHECK(result.outcome == Outcome::kMemory);
  CHECK(result.reason == "heap");
}

}  // namespace v8py
