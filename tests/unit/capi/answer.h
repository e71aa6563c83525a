// A program's way through the C interface, as its tests go it.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "base/json.h"
#include "include/v8py.h"

namespace v8py {

// The text of an error, which is freed; "": none.
inline std::string Message(v8py_error* error) {
  std::string message = error ? v8py_error_message(error) : "";
  v8py_error_free(error);
  return message;
}

struct Answer {
  std::string status;  // or the message of an error
  std::string output, errors, value;
  Json json;
};

// Options with a program; the chained calls change them.
struct Options {
  explicit Options(const std::string& code) {
    if (!code.empty()) v8py_options_set_code(options, code.data(), code.size());
    Limit(V8PY_LIMIT_WALL, 60'000);
  }
  Options(const Options&) = delete;
  ~Options() { v8py_options_free(options); }
  Options& Limit(v8py_limit limit, uint64_t value) {
    v8py_options_set_limit(options, limit, value);
    return *this;
  }
  v8py_options* options = v8py_options_new();
};

// Waits for the end of a run, and frees it.
inline Answer Wait(v8py_run* run) {
  v8py_result* result = nullptr;
  Answer answer{Message(v8py_run_wait(run, &result)), "", "", "", {}};
  if (result) {
    answer.status = v8py_result_status_name(result);
    answer.json = *ParseJson(v8py_result_json(result));
    answer.output = answer.json["stdout"];
    answer.errors = answer.json["stderr"];
    if (answer.json["value"].is_object()) answer.value = answer.json["value"]["repr"];
  }
  v8py_result_free(result);
  v8py_run_free(run);
  return answer;
}

// Runs a program that has nothing but a limit.
inline Answer RunIn(v8py_runtime* runtime, const std::string& code, v8py_limit limit,
                    uint64_t value) {
  v8py_run* run = nullptr;
  REQUIRE(Message(v8py_run_start(runtime, Options(code).Limit(limit, value).options, &run)) == "");
  return Wait(run);
}

}  // namespace v8py
