#include "cli/daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <ctime>
#include <memory>
#include <string>

#include "base/units.h"
#include "cli/background.h"
#include "cli/daemon_options.h"
#include "cli/handles.h"
#include "cli/help.h"
#include "cli/image.h"
#include "cli/output.h"
#include "include/v8py_daemon.h"

namespace v8py {

namespace {

// A daemon that has nothing to wait for ends in less.
constexpr int kStopMs = 10'000;
// Another one, that was started at the same moment, is nearly ready.
constexpr int kOtherMs = 5'000;
constexpr int kOtherStepMs = 50;

Json StatusOf(v8py_runtime* runtime) {
  char* text = nullptr;
  Error error(v8py_daemon_status(runtime, &text));
  Json status = TakeJson(text);
  return status.is_object() ? status : Json::object();
}

bool Serving(const Json& status) { return status.value("serving", false); }

std::string Describe(const Json& status) {
  const Json& idle = status["idle_timeout_ms"];
  return "the daemon serves: pid " + status["pid"].dump() + ", " + status["guests"].dump() +
         " interpreters ready, " + status["running"].dump() + " in use, " + status["taken"].dump() +
         " so far; " +
         (idle.is_number()
              ? "ends after " + FormatDuration(idle.get<double>()) + " without a program"
              : std::string("never ends by itself")) +
         "\n";
}

// ---- start ----

// On standard error, which is the log of a daemon in the background.
void Note(const std::string& text) {
  time_t now = time(nullptr);
  tm utc{};
  gmtime_r(&now, &utc);
  char stamp[32];
  strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
  PrintError(std::string(stamp) + " daemon " + std::to_string(getpid()) + ": " + text);
}

// Says that it is ready, on standard output, and lets go of that: whoever waits there goes on.
void OnReady(void*) {
  Note("serving");
  Print("ready\n");
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0) return;
  dup2(null, STDOUT_FILENO);
  close(null);
}

// Two descriptors a guest, and more for those that wait.
void AllowDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int Serve(v8py_runtime* runtime, const DaemonOptions& options, int signals) {
  AllowDescriptors();
  // No folder is kept from being unmounted or deleted.
  if (chdir("/") != 0) PrintError("cannot leave the working folder");
  char* why = nullptr;
  v8py_error* error =
      v8py_daemon_serve(runtime, options.guests, options.idle_ms, signals, OnReady, nullptr, &why);
  if (error) return Report(error);
  Note(std::string("ended: ") + why);
  v8py_string_free(why);
  return 0;
}

int AlreadyServing(const Json& status) {
  return Print("a daemon was there already: pid " + status["pid"].dump() + "\n");
}

int StartBehind(v8py_runtime* runtime, const DaemonOptions& options) {
  Json status = StatusOf(runtime);
  if (Serving(status)) return AlreadyServing(status);
  std::string idle = options.idle_ms == V8PY_UNLIMITED ? std::string("none")
                                                       : std::to_string(options.idle_ms) + "ms";
  std::string log = LogPath("daemon");
  std::vector<std::string> words = {
      "daemon",         "start", "--foreground", "--guests", std::to_string(options.guests),
      "--idle-timeout", idle};
  if (!options.image.empty()) words.insert(words.end(), {"--image", options.image});
  Result<std::string> ready = StartInBackground(words, log);
  if (ready) return Print(Describe(StatusOf(runtime)) + "log: " + log + "\n");
  for (int waited = 0; waited < kOtherMs; waited += kOtherStepMs) {
    if (status = StatusOf(runtime); Serving(status)) return AlreadyServing(status);
    // Only when there is one that could become ready.
    if (ready.error().message().find("runs already") == std::string::npos) break;
    poll(nullptr, 0, kOtherStepMs);
  }
  PrintError("the daemon did not start: " + ready.error().message());
  return kExitFault;
}

// ---- stop, status ----

int Stop(v8py_runtime* runtime, const DaemonOptions& options) {
  char* text = nullptr;
  int pidfd = -1;
  if (v8py_error* error = v8py_daemon_stop(runtime, options.now ? 1 : 0, &text, &pidfd)) {
    return Report(error);
  }
  Json status = TakeJson(text);
  if (!Serving(status)) return Print("no daemon serves\n");
  int running = options.now ? 0 : status.value("running", 0);
  if (running > 0) {
    if (pidfd >= 0) close(pidfd);
    return Print("the daemon takes no more programs, and ends with the " + std::to_string(running) +
                 " that it has; 'v8py daemon stop --now' kills them\n");
  }
  pollfd ended{pidfd, POLLIN, 0};
  bool gone = pidfd >= 0 && poll(&ended, 1, kStopMs) == 1;
  if (pidfd >= 0) close(pidfd);
  if (gone) return Print("the daemon has ended\n");
  PrintError("the daemon was told to end and has not: pid " + status["pid"].dump());
  return kExitFault;
}

// 0 when there is one, as others have it.
int ShowStatus(v8py_runtime* runtime, const DaemonOptions& options) {
  Json status = StatusOf(runtime);
  std::string text = options.json ? DumpJson(status) + "\n"
                     : Serving(status)
                         ? Describe(status) + "socket: " + status.value("socket", "") + "\n"
                         : "no daemon serves; 'v8py daemon start' starts one\n";
  int printed = Print(text);
  return printed != 0 || Serving(status) ? printed : 1;
}

}  // namespace

int DaemonCommand(std::vector<std::string_view> words) {
  using Action = DaemonOptions::Action;
  Result<DaemonOptions> options = ParseDaemonOptions(std::move(words));
  if (!options) {
    PrintError(options.error().message());
    return kExitUsage;
  }
  if (options->action == Action::kHelp) return Print(DaemonHelp());
  int signals = -1;
  if (options->foreground) {
    // Before there is a thread, which would get them.
    sigset_t set;
    sigemptyset(&set);
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  v8py_runtime* runtime = nullptr;
  if (v8py_error* error = v8py_runtime_new(nullptr, &runtime)) return Report(error);
  v8py_error* error = nullptr;
  if (!options->image.empty()) {
    error = v8py_runtime_set_image(runtime, options->image.c_str());
  } else if (options->action == Action::kStart) {
    EnsureImage(runtime);
  }
  int exit_code = error                                ? Report(error)
                  : options->action == Action::kStop   ? Stop(runtime, *options)
                  : options->action == Action::kStatus ? ShowStatus(runtime, *options)
                  : options->foreground                ? Serve(runtime, *options, signals)
                                                       : StartBehind(runtime, *options);
  v8py_runtime_free(runtime);
  return exit_code;
}

}  // namespace v8py
