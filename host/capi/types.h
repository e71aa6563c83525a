// What is behind the opaque types of v8py.h.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/status.h"
#include "include/v8py.h"
#include "include/v8py_image.h"
#include "supervisor/runtime.h"

struct v8py_error {
  v8py_error_code code;
  std::string message;
};

struct v8py_runtime {
  std::unique_ptr<v8py::Runtime> runtime;
  std::string versions;
};

struct v8py_call {
  std::shared_ptr<v8py::Run> run;
  v8py::HostCall call;
  std::atomic<bool> answered = false;
};

struct v8py_question {
  v8py::Asker::Question question;
  std::string permission, value;
};

struct v8py_options {
  v8py::Program program;
  v8py::AccessWish access;
  bool has_program = false;
  v8py_output_callback output = nullptr;
  v8py_input_callback input = nullptr;
  void* user = nullptr;
  std::map<std::string, std::function<void(v8py_call*)>> functions;
  std::function<void(v8py_question*)> ask;
  v8py_progress_callback progress = nullptr;
  void* progress_user = nullptr;
};

struct v8py_session {
  v8py::Runtime* runtime;                  // may be gone when the session has ended
  std::shared_ptr<v8py::Session> session;  // shared with the runtime until it has ended
  mutable std::once_flag reason_once;
  mutable std::string reason;  // why it has ended, once somebody asked
};

struct v8py_image_options {
  v8py::ImageWish wish;
};

struct v8py_run {
  std::shared_ptr<v8py::Run> run;  // shared with the runtime while its worker lives
  v8py_output_callback output = nullptr;
  v8py_input_callback input = nullptr;
  void* user = nullptr;
  std::map<std::string, std::function<void(v8py_call*)>> functions;
  std::function<void(v8py_question*)> ask;
  bool waited = false;
};

struct v8py_result {
  v8py::RunResult result;
  mutable std::string json;  // made when it is asked for
};

namespace v8py {

// Null for a status that is ok.
v8py_error* ToError(const Status& status);

// What a function says first of the pointers that it cannot do without; null when all are there.
template <typename... T>
v8py_error* Require(const T*... pointers) {
  if ((pointers && ...)) return nullptr;
  return ToError(CallerError("a pointer is NULL that must not be"));
}

// A run with the callbacks of its options, or the error.
v8py_error* MakeRun(Result<std::shared_ptr<Run>> started, const v8py_options& options,
                    v8py_run** run);
v8py_question* MakeQuestion(Asker::Question question);
// Of options without a program.
v8py_error* NoProgram();
// What is to run, by these options.
Result<Program> ProgramOf(const v8py_options& options, Runtime& runtime);

// Whether `stream` is one of the three that there are.
inline bool IsStream(v8py_stream stream) { return stream >= V8PY_STDIN && stream <= V8PY_STDERR; }

}  // namespace v8py
