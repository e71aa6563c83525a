// v8py for C++17: the C interface (v8py.h, whose rules hold here too) with objects that free
// themselves. Header-only; throws nothing.
//
//   auto runtime = v8py::Runtime::Create();
//   v8py::Options options;
//   options.Code("print(1 + 1)");
//   auto run = runtime.value->Start(options);
//   auto result = run.value->Wait();
//   std::cout << result.value->Json();
//
// What can fail returns Expected<T>: a value, or an error with its message.
#ifndef V8PY_HPP_
#define V8PY_HPP_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "v8py.h"
#include "v8py_options.hpp"

namespace v8py {

// How a program ended. Strings live as long as the result.
class Result {
 public:
  explicit Result(v8py_result* result) : result_(result) {}

  v8py_status Status() const { return v8py_result_get_status(result_.get()); }
  std::string_view StatusName() const { return v8py_result_status_name(result_.get()); }
  int ExitCode() const { return v8py_result_exit_code(result_.get()); }
  std::string_view Output(v8py_stream stream = V8PY_STDOUT) const {
    size_t size = 0;
    const char* data = v8py_result_output(result_.get(), stream, &size);
    return {data, size};
  }
  std::string_view Summary() const { return v8py_result_summary(result_.get()); }
  std::string_view Json() const { return v8py_result_json(result_.get()); }

 private:
  std::unique_ptr<v8py_result, detail::Free<v8py_result_free>> result_;
};

class Run {
 public:
  // Once. Calls the callbacks.
  Expected<Result> Wait() {
    v8py_result* result = nullptr;
    if (auto error = detail::Take(v8py_run_wait(run_.get(), &result)))
      return {{}, std::move(error)};
    return {Result(result), {}};
  }
  void Cancel() { v8py_run_cancel(run_.get()); }  // Thread: any
  void Kill() { v8py_run_kill(run_.get()); }      // Thread: any
  void WriteInput(std::string_view data) {        // Thread: any
    v8py_run_write_input(run_.get(), data.data(), data.size());
  }
  void EndInput() { v8py_run_end_input(run_.get()); }  // Thread: any

 private:
  friend class Runtime;
  friend class Session;
  // `start`: one of the functions that start a program, and where.
  template <typename Where>
  static Expected<Run> Start(v8py_error* (*start)(Where*, const v8py_options*, v8py_run**),
                             Where* where, Options& options) {
    if (options.mistake_) return {{}, options.mistake_};
    options.Install();
    v8py_run* run = nullptr;
    if (auto error = detail::Take(start(where, options.options_.get(), &run))) {
      return {{}, std::move(error)};
    }
    return {Run(run, options.callbacks_), {}};
  }
  Run(v8py_run* run, std::shared_ptr<void> callbacks)
      : callbacks_(std::move(callbacks)), run_(run) {}

  std::shared_ptr<void> callbacks_;  // shared with the Options; outlives the run
  std::unique_ptr<v8py_run, detail::Free<v8py_run_free>> run_;
};

// An interpreter that is kept: see v8py_session_new().
class Session {
 public:
  // Thread: any
  Expected<Run> Start(Options& options) {
    return Run::Start(v8py_session_start, session_.get(), options);
  }
  // The last program, which the options need not have. Thread: any
  Expected<Run> End(Options& options) {
    return Run::Start(v8py_session_end, session_.get(), options);
  }
  // "" while programs can be started; then why not. Thread: any
  std::string_view WhyEnded() const {
    const char* reason = "";
    v8py_session_alive(session_.get(), &reason);
    return reason;
  }

 private:
  friend class Runtime;
  explicit Session(v8py_session* session) : session_(session) {}

  std::unique_ptr<v8py_session, detail::Free<v8py_session_free>> session_;
};

class Runtime {
 public:
  // `home`: see v8py_runtime_new(); "": found from the library's own place.
  static Expected<Runtime> Create(const std::string& home = "") {
    v8py_runtime* runtime = nullptr;
    const char* folder = home.empty() ? nullptr : home.c_str();
    if (auto error = detail::Take(v8py_runtime_new(folder, &runtime))) {
      return {{}, std::move(error)};
    }
    return {Runtime(runtime), {}};
  }

  // The image that runs and the pool start from: see v8py_runtime_set_image().
  std::optional<Error> SetImage(const std::string& name_or_file) {
    return detail::Take(v8py_runtime_set_image(runtime_.get(), name_or_file.c_str()));
  }
  // Interpreters that are kept ready: see v8py_runtime_set_pool().
  std::optional<Error> SetPool(int guests) {
    return detail::Take(v8py_runtime_set_pool(runtime_.get(), guests));
  }
  // Interpreters from the daemon of this user, while there is one: see v8py_runtime_use_daemon().
  void UseDaemon(bool on) { v8py_runtime_use_daemon(runtime_.get(), on ? 1 : 0); }
  Expected<Run> Start(Options& options) {
    return Run::Start(v8py_run_start, runtime_.get(), options);
  }
  Expected<Session> NewSession() {
    v8py_session* session = nullptr;
    if (auto error = detail::Take(v8py_session_new(runtime_.get(), &session))) {
      return {{}, std::move(error)};
    }
    return {Session(session), {}};
  }

 private:
  explicit Runtime(v8py_runtime* runtime) : runtime_(runtime) {}

  std::unique_ptr<v8py_runtime, detail::Free<v8py_runtime_free>> runtime_;
};

}  // namespace v8py

#endif  // V8PY_HPP_
