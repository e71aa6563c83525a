#include <utility>

#include "capi/types.h"

namespace {

// `adapt`: makes it a program of the session.
v8py_error* Start(v8py_session* session, const v8py_options* options, void (*adapt)(v8py::Program&),
                  v8py_run** run) {
  // First: a session that has ended may have outlived its runtime.
  v8py::Status status = session->session->status();
  if (!status.ok()) return v8py::ToError(status);
  auto program = v8py::ProgramOf(*options, *session->runtime);
  if (!program) return v8py::ToError(program.error());
  adapt(*program);
  return v8py::MakeRun(session->runtime->StartIn(*session->session, std::move(*program)), *options,
                       run);
}

}  // namespace

v8py_error* v8py_session_new(v8py_runtime* runtime, v8py_session** session) {
  if (v8py_error* error = v8py::Require(session)) return error;
  *session = nullptr;
  if (v8py_error* error = v8py::Require(runtime)) return error;
  auto made = runtime->runtime->MakeSession();
  if (!made) return v8py::ToError(made.error());
  *session = new v8py_session{runtime->runtime.get(), std::move(*made), {}, {}};
  return nullptr;
}

v8py_error* v8py_session_start(v8py_session* session, const v8py_options* options, v8py_run** run) {
  if (v8py_error* error = v8py::Require(run)) return error;
  *run = nullptr;
  if (v8py_error* error = v8py::Require(session, options)) return error;
  if (!options->has_program) return v8py::NoProgram();
  return Start(
      session, options, [](v8py::Program& program) { program.message.keep = true; }, run);
}

v8py_error* v8py_session_end(v8py_session* session, const v8py_options* options, v8py_run** run) {
  if (v8py_error* error = v8py::Require(run)) return error;
  *run = nullptr;
  if (v8py_error* error = v8py::Require(session, options)) return error;
  auto adapt = [](v8py::Program& program) {
    auto& argv = program.message.argv;
    if (program.message.name.empty()) argv.insert(argv.begin(), "-c");
  };
  return Start(session, options, adapt, run);
}

int v8py_session_alive(const v8py_session* session, const char** reason) {
  v8py::Status status = session->session->status();
  if (reason) *reason = "";
  if (status.ok()) return 1;
  // It does not change any more.
  std::call_once(session->reason_once, [&] { session->reason = status.message(); });
  if (reason) *reason = session->reason.c_str();
  return 0;
}

void v8py_session_free(v8py_session* session) {
  if (session) session->session->Close(v8py::CallerError("the session was freed"));
  delete session;
}
