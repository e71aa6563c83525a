#include "cli/exec.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "base/json.h"
#include "cli/console.h"
#include "cli/grant.h"
#include "cli/handles.h"
#include "cli/image.h"
#include "cli/lock.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/requirements.h"
#include "cli/source.h"
#include "include/v8py.h"

namespace v8py {

namespace {

// What the callbacks share. They run inside v8py_run_wait().
struct Session {
  StepLine steps;  // before the program runs
  RunHandle run;
  std::unique_ptr<Console> console;  // uses the run
  int write_error = 0;
  int write_stream = 0;
};

int OnOutput(void* user, v8py_stream stream, const char* data, size_t size) {
  auto* session = static_cast<Session*>(user);
  session->write_error = WriteAll(stream, data, size);
  session->write_stream = stream;
  return session->write_error;
}

void OnQuestion(void* user, v8py_question* question) {
  static_cast<Session*>(user)->console->Ask(question);
}

void OnInput(void* user, v8py_run*) { static_cast<Session*>(user)->console->WantInput(); }

// Nobody is asked for input when standard input held the program.
v8py_error* SetProgram(v8py_options* target, const ExecOptions& options,
                       const std::string& source) {
  switch (options.source) {
    case ExecOptions::Source::kCode:
      return v8py_options_set_code(target, source.data(), source.size());
    case ExecOptions::Source::kModule:
      return v8py_options_set_module(target, options.program.c_str());
    case ExecOptions::Source::kFile:
      return v8py_options_set_file(target, options.program.c_str(), source.data(), source.size());
    case ExecOptions::Source::kStandardInput:
      break;
  }
  return v8py_options_set_file(target, "<stdin>", source.data(), source.size());
}

void SetTerminals(v8py_options* target) {
  for (int fd = 0; fd < 3; ++fd) {
    if (!isatty(fd)) continue;
    winsize size{};
    ioctl(fd, TIOCGWINSZ, &size);
    v8py_options_set_terminal(target, static_cast<v8py_stream>(fd), size.ws_col, size.ws_row);
  }
  const char* no_color = getenv("NO_COLOR");
  bool color = isatty(STDERR_FILENO) && !(no_color && *no_color);
  v8py_options_set_flag(target, V8PY_FLAG_COLOR, color ? 1 : 0);
}

Error Configure(v8py_options* target, const ExecOptions& options, const std::string& source,
                Session& session) {
  Error error(SetProgram(target, options, source));
  if (!error) error.reset(Grant(target, options));
  if (!error && !options.lock.empty()) {
    error.reset(v8py_options_set_lock(target, options.lock.c_str()));
  }
  if (!error && options.variables) {
    error.reset(v8py_options_set_variables(target, options.variables->c_str()));
  }
  if (options.prompt) v8py_options_set_question_callback(target, OnQuestion, &session);
  v8py_options_set_progress(target, StepLine::Callback, &session.steps);
  for (const std::string& argument : options.arguments) {
    if (!error) error.reset(v8py_options_add_argument(target, argument.c_str()));
  }
  bool json = options.output == ExecOptions::Output::kJson;
  bool has_input = options.source != ExecOptions::Source::kStandardInput;
  v8py_options_set_callbacks(target, json ? nullptr : OnOutput, has_input ? OnInput : nullptr,
                             &session);
  v8py_options_set_flag(target, V8PY_FLAG_COLLECT, json ? 1 : 0);
  v8py_options_set_flag(target, V8PY_FLAG_VALUE, json ? 1 : 0);
  v8py_options_set_flag(target, V8PY_FLAG_EXPLAIN, options.explain ? 1 : 0);
  if (!json) SetTerminals(target);
  return error;
}

int ExitCode(const v8py_result* result, const Session& session) {
  v8py_status status = v8py_result_get_status(result);
  int signal = session.console->signal();
  if (status == V8PY_STATUS_CANCELLED && signal != 0) return 128 + signal;
  // Whether or not the program was quicker at its end than we were at writing.
  bool no_limit =
      status == V8PY_STATUS_OK || status == V8PY_STATUS_ERROR || status == V8PY_STATUS_CANCELLED;
  if (no_limit && session.write_error != 0) {
    return OutputLost(session.write_stream, session.write_error);
  }
  return v8py_result_exit_code(result);
}

int Finish(const ExecOptions& options, const v8py_result* result, const Session& session) {
  int exit_code = ExitCode(result, session);
  if (options.output == ExecOptions::Output::kJson) {
    int printed = Print(std::string(v8py_result_json(result)) + "\n");
    if (printed != 0) return printed;
  } else {
    // The traceback has said which permission was missing.
    bool told = v8py_result_get_status(result) == V8PY_STATUS_DENIED;
    if (!told) PrintSummary(v8py_result_summary(result));
  }
  Result<Json> json = ParseJson(v8py_result_json(result));
  if (json && options.stats) PrintStats(*json);
  if (json && options.explain) PrintExplanation(*json);
  return exit_code;
}

}  // namespace

int Exec(ExecOptions options) {
  std::string source = options.program;
  if (options.source == ExecOptions::Source::kFile ||
      options.source == ExecOptions::Source::kStandardInput) {
    Result<std::string> bytes =
        ReadSource(options.source == ExecOptions::Source::kFile ? options.program : "-");
    if (!bytes) {
      PrintError(bytes.error().message());
      return kExitUsage;
    }
    source = std::move(*bytes);
    auto wanted = ScriptRequirements(source, options.program);
    if (!wanted) {
      PrintError(wanted.error().message());
      return kExitUsage;
    }
    auto& requirements = options.packages.requirements;
    requirements.insert(requirements.end(), wanted->begin(), wanted->end());
  }

  if (options.locked) {
    bool is_file = options.source == ExecOptions::Source::kFile;
    Result<std::string> lock = ReadLock(LockPathFor(is_file ? options.program : ""));
    if (!lock) {
      PrintError(lock.error().message());
      return kExitUsage;
    }
    options.lock = std::move(*lock);
  }

  std::unique_ptr<Prompt> prompt;
  if (options.prompt) {
    auto opened = Prompt::Open();
    if (!opened) {
      PrintError(opened.error().message());
      return kExitUsage;
    }
    prompt = std::move(*opened);
  }

  Console::HoldSignals();
  v8py_runtime* raw_runtime = nullptr;
  Error error(v8py_runtime_new(nullptr, &raw_runtime));
  RuntimeHandle runtime(raw_runtime);
  if (error) return Report(error);
  if (options.image.empty()) {
    EnsureImage(runtime.get());
  } else {
    error.reset(v8py_runtime_set_image(runtime.get(), options.image.c_str()));
    if (error) return Report(error);
  }
  const char* daemon = getenv("V8PY_DAEMON");
  v8py_runtime_use_daemon(runtime.get(), !daemon || std::string_view(daemon) != "off");

  Session session;
  OptionsHandle run_options(v8py_options_new());
  error = Configure(run_options.get(), options, source, session);
  if (error) return Report(error);

  v8py_run* raw_run = nullptr;
  std::optional<EndsBySignal> loading;
  if (!options.packages.requirements.empty()) loading.emplace();
  error.reset(v8py_run_start(runtime.get(), run_options.get(), &raw_run));
  loading.reset();
  session.run.reset(raw_run);
  session.steps.Clear();
  if (error) return Report(error);
  Result<std::unique_ptr<Console>> console = Console::Start(raw_run, std::move(prompt));
  if (!console) {
    PrintError(console.error().message());
    return kExitFault;
  }
  session.console = std::move(*console);

  v8py_result* raw_result = nullptr;
  error.reset(v8py_run_wait(raw_run, &raw_result));
  ResultHandle result(raw_result);
  if (error) return Report(error);
  // The run has ended, and nothing of ours is buffered: the process's end is quicker than threads
  // that are woken to end one by one.
  _exit(Finish(options, result.get(), session));
}

}  // namespace v8py
