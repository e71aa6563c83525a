// A runtime with a pool, through the public C++ interface; leaves nothing behind.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>

#include "include/v8py.hpp"
#include "processes.h"
#include "stress/count.h"

namespace v8py {

struct Answer {
  std::string status;  // of the result; "no result" when there was an error instead
  std::string output;
  std::string why;  // the error's message, or the result's summary
  nlohmann::json json = {};
};

class PoolRuntime {
 public:
  explicit PoolRuntime(int guests) : runtime_(*Runtime::Create().value) {
    auto error = runtime_.SetPool(guests);
    REQUIRE_MESSAGE(!error, (error ? error->message : ""));
  }

  // Thread: any
  Answer Run(std::string_view code, uint64_t wall_ms = 60'000) {
    Options options;
    options.Code(code).Limit(V8PY_LIMIT_WALL, wall_ms);
    auto run = runtime_.Start(options);
    if (!run) return {"no result", "", run.error->message};
    auto result = run.value->Wait();
    if (!result) return {"no result", "", result.error->message};
    return {std::string(result.value->StatusName()), std::string(result.value->Output()),
            std::string(result.value->Summary()), nlohmann::json::parse(result.value->Json())};
  }
  Runtime& runtime() { return runtime_; }

 private:
  // libuv opens two descriptors with a process's first loop and keeps them.
  static NothingLeft AfterTheFirst() {
    static const bool first = bool(Runtime::Create());
    REQUIRE(first);
    return NothingLeft();
  }

  NothingLeft nothing_left_ = AfterTheFirst();  // last to go
  Runtime runtime_;
};

// The text of a file beside the tests.
inline std::string ProgramText(const std::string& name) {
  std::ifstream file(std::string(V8PY_STRESS_PROGRAMS "/") + name);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE_MESSAGE(!text.str().empty(), name);
  return text.str();
}

}  // namespace v8py
