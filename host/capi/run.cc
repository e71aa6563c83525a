#include <utility>

#include "capi/types.h"

namespace v8py {

v8py_error* MakeRun(Result<std::shared_ptr<Run>> started, const v8py_options& options,
                    v8py_run** run) {
  if (!started) return ToError(started.error());
  *run = new v8py_run{std::move(*started), options.output,    options.input,
                      options.user,        options.functions, options.ask};
  return nullptr;
}

v8py_error* NoProgram() {
  return ToError(CallerError(
      "the options have no program; use v8py_options_set_code(), _file() or _module()"));
}

Result<Program> ProgramOf(const v8py_options& options, Runtime& runtime) {
  Program program = options.program;
  if (!options.access.empty()) {
    auto access = runtime.MakeAccess(options.access, [&options](const std::string& step) {
      if (options.progress) options.progress(options.progress_user, step.c_str());
    });
    if (!access) return Fail(access.error());
    program.access = std::move(*access);
    auto& environment = program.message.environment;
    // What was set by its value counts more.
    environment.insert(environment.begin(), program.access->environment.begin(),
                       program.access->environment.end());
  }
  for (const auto& [name, function] : options.functions) program.functions.push_back(name);
  if (!options.output) program.deliver = Deliver::kNothing;
  return program;
}

}  // namespace v8py

v8py_error* v8py_options_check(v8py_runtime* runtime, const v8py_options* options) {
  if (v8py_error* error = v8py::Require(runtime, options)) return error;
  v8py::AccessWish wish = options->access;
  wish.packages = {};
  auto access = runtime->runtime->MakeAccess(wish, [](const std::string&) {});
  return access ? nullptr : v8py::ToError(access.error());
}

v8py_error* v8py_run_start(v8py_runtime* runtime, const v8py_options* options, v8py_run** run) {
  if (v8py_error* error = v8py::Require(run)) return error;
  *run = nullptr;
  if (v8py_error* error = v8py::Require(runtime, options)) return error;
  if (!options->has_program) return v8py::NoProgram();
  auto program = v8py::ProgramOf(*options, *runtime->runtime);
  if (!program) return v8py::ToError(program.error());
  return v8py::MakeRun(runtime->runtime->Start(std::move(*program)), *options, run);
}

v8py_error* v8py_run_wait(v8py_run* run, v8py_result** result) {
  if (v8py_error* error = v8py::Require(result)) return error;
  *result = nullptr;
  if (v8py_error* error = v8py::Require(run)) return error;
  if (std::exchange(run->waited, true))
    return v8py::ToError(v8py::CallerError("this run was waited for already"));
  for (;;) {
    v8py::Event event = run->run->events().Pop();
    switch (event.kind) {
      case v8py::Event::Kind::kOutput:
        if (run->output && run->output(run->user, static_cast<v8py_stream>(event.stream),
                                       event.data.data(), event.data.size()) != 0) {
          run->output = nullptr;
          run->run->Stop(v8py::StopReason::kClosedOutput);
        }
        break;
      case v8py::Event::Kind::kWantInput:
        if (run->input) run->input(run->user, run);
        break;
      case v8py::Event::Kind::kHostCall:
        run->functions.at(event.call.name)(new v8py_call{run->run, std::move(event.call)});
        break;
      case v8py::Event::Kind::kQuestion:
        run->ask(v8py::MakeQuestion(std::move(event.question)));
        break;
      case v8py::Event::Kind::kEnd:
        if (!event.result) return v8py::ToError(event.result.error());
        *result = new v8py_result{std::move(*event.result), {}};
        return nullptr;
    }
  }
}

void v8py_run_cancel(v8py_run* run) { run->run->Stop(v8py::StopReason::kCancel); }

void v8py_run_kill(v8py_run* run) { run->run->Kill(); }

void v8py_run_write_input(v8py_run* run, const char* data, size_t size) {
  if (size > 0) run->run->WriteInput({data, size});
}

void v8py_run_end_input(v8py_run* run) { run->run->EndInput(); }

void v8py_run_free(v8py_run* run) {
  if (run && !run->waited) run->run->Kill();
  delete run;
}
