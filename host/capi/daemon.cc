#include <unistd.h>

#include <cstring>

#include "capi/types.h"
#include "include/v8py_daemon.h"

namespace {

// `answer` as JSON, with what is true of every daemon.
v8py_error* Give(v8py_runtime* runtime, v8py::Json answer, char** json) {
  answer["socket"] = runtime->runtime->DaemonPath();
  *json = strdup(v8py::DumpJson(answer).c_str());
  return nullptr;
}

v8py_error* Ask(v8py_runtime* runtime, std::string_view word, char** json, int* pidfd) {
  if (v8py_error* error = v8py::Require(json)) return error;
  *json = nullptr;
  if (v8py_error* error = v8py::Require(runtime)) return error;
  v8py::Result<v8py::DaemonAnswer> answer = runtime->runtime->AskDaemon(word);
  if (!answer) {
    return Give(runtime, {{"serving", false}, {"why", answer.error().message()}}, json);
  }
  if (pidfd) {
    *pidfd = answer->pidfd;
  } else if (answer->pidfd >= 0) {
    close(answer->pidfd);
  }
  answer->status["serving"] = true;
  return Give(runtime, std::move(answer->status), json);
}

}  // namespace

void v8py_runtime_use_daemon(v8py_runtime* runtime, int on) {
  runtime->runtime->UseDaemon(on != 0);
}

v8py_error* v8py_daemon_serve(v8py_runtime* runtime, int guests, uint64_t idle_ms, int stop,
                              v8py_ready_callback ready, void* user, char** why) {
  constexpr int kMost = 1000;
  if (v8py_error* error = v8py::Require(why)) return error;
  *why = nullptr;
  if (v8py_error* error = v8py::Require(runtime)) return error;
  if (guests < 1 || guests > kMost) {
    return v8py::ToError(v8py::CallerError("a daemon with " + std::to_string(guests) +
                                           " guests: it keeps 1 to " + std::to_string(kMost)));
  }
  auto ended = runtime->runtime->ServeDaemon({static_cast<size_t>(guests), idle_ms}, stop, [&] {
    if (ready) ready(user);
  });
  if (!ended) return v8py::ToError(ended.error());
  *why = strdup(ended->c_str());
  return nullptr;
}

v8py_error* v8py_daemon_status(v8py_runtime* runtime, char** json) {
  return Ask(runtime, "status", json, nullptr);
}

v8py_error* v8py_daemon_stop(v8py_runtime* runtime, int now, char** json, int* pidfd) {
  if (v8py_error* error = v8py::Require(pidfd)) return error;
  *pidfd = -1;
  return Ask(runtime, now ? "stop now" : "stop", json, pidfd);
}
