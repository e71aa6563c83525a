// Runs of the hostile worker (hostile_worker.cc) under a program's rights: what tests of calls
// share.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "supervisor/run.h"
#include "unit/leak_check.h"
#include "unit/supervisor/fake_resolver.h"

namespace v8py {

struct Ended {
  RunResult result;
  std::string output;
};

// `line`, so many times.
inline std::string Times(const std::string& line, size_t count) {
  std::string text;
  while (count-- > 0) text += line + "\n";
  return text;
}

struct HostileRuns {
  // A worker that does these words in order.
  std::shared_ptr<Run> Start(std::vector<std::string> words) {
    words.insert(words.begin(), V8PY_HOSTILE_WORKER);
    auto run = std::make_shared<Run>(*loop, nullptr, std::vector<WorkerCommand>{{words}}, program);
    run->Start([] {});
    return run;
  }
  static Ended Wait(const std::shared_ptr<Run>& run) {
    std::string output;
    for (;;) {
      Event event = run->events().Pop();
      if (event.kind == Event::Kind::kOutput) output += event.data;
      if (event.kind == Event::Kind::kEnd) return {std::move(event.result).value(), output};
    }
  }
  // What is answered to each of `calls`, "name=arguments", by a run that ends well.
  std::string Ask(const std::vector<std::string>& calls) {
    std::vector<std::string> words = {"ready", "run"};
    for (const std::string& call : calls) words.push_back("ask:" + call);
    words.push_back("result");
    Ended ended = Wait(Start(words));
    CHECK(ended.result.status == RunStatus::kOk);
    return ended.output;
  }

  LeakCheck leaks;        // last to go
  FakeResolver resolver;  // no test asks a real one
  std::unique_ptr<Loop> loop = Loop::Start().value();
  Program program;
};

}  // namespace v8py
