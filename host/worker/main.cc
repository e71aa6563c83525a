// v8py-worker: one process, one isolate, one interpreter, one program. Started by the supervisor,
// never by a person. Its only connection to the world is the socket that it was given.
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "python/interpreter.h"
#include "python/step_clock.h"
#include "worker/channel.h"
#include "worker/jail.h"

namespace v8py {
namespace {

struct Arguments {
  int socket = -1;
  std::string assets;
  std::string boot_dir;
};

Result<Arguments> ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    size_t equals = argument.find('=');
    if (equals == std::string_view::npos)
      return Fail(CallerError("bad argument " + std::string(argument)));
    std::string_view name = argument.substr(0, equals);
    std::string value(argument.substr(equals + 1));
    if (name == "--socket") {
      arguments.socket = atoi(value.c_str());
    } else if (name == "--assets") {
      arguments.assets = value;
    } else if (name == "--boot-dir") {
      arguments.boot_dir = value;
    } else {
      return Fail(CallerError("bad argument " + std::string(argument)));
    }
  }
  if (arguments.socket < 0 || arguments.assets.empty()) {
    return Fail(CallerError("v8py-worker is started by v8py; run 'v8py --help'"));
  }
  return arguments;
}

// Blocking calls need JSPI; deep recursion in C code (repr of nested lists) needs more stack than
// V8's default of 984 KiB, of the thread and of JSPI's own stacks.
const std::vector<std::string> kV8Flags = {"--experimental-wasm-jspi", "--stack-size=4000",
                                           "--wasm-stack-switching-stack-size=4000"};

// Everything up to the first line of the program. The order is the safety: files first, then the
// jail, then V8, and guest code last.
Status Serve(const Arguments& arguments, Channel& channel) {
  std::vector<Step> steps;
  StepClock clock(steps);

  clock.Begin("assets");
  Result<Assets> assets = Assets::Load(arguments.assets);
  if (!assets) return assets.error();
  Result<BootFiles> files = BootFiles::Load(arguments.boot_dir);
  if (!files) return files.error();

  clock.Begin("jail");
  Result<Jail> jail = EnterJail(arguments.socket);
  if (!jail) return jail.error().While("entering the jail");

  clock.Begin("v8");
  Result<std::unique_ptr<Engine>> engine =
      Engine::Start({.worker_threads = 2, .v8_flags = kV8Flags});
  if (!engine) return engine.error();
  clock.End();

  auto interpreter = Interpreter::Boot(**engine, *assets, *files, channel, {}, steps);
  if (!interpreter) return interpreter.error();
  channel.Send(ReadyMessage{Engine::Version(), (*interpreter)->pyodide_version(),
                            (*interpreter)->python_version(), steps, jail->landlock_abi});

  Result<RunMessage> program = channel.WaitForProgram();
  if (!program) return program.error();
  Interpreter& python = **interpreter;
  channel.Start({[&](InterruptMessage::Reason reason) { python.Interrupt(reason); },
                 [&] { python.Terminate(); }});
  channel.Send(python.Run(*program));
  // Nothing is torn down: the process is, with everything in it.
  _exit(0);
}

}  // namespace
}  // namespace v8py

int main(int argc, char** argv) {
  // Started through its loader, the process would be called ld-linux-x86-64.so.2.
  prctl(PR_SET_NAME, "v8py-worker");
  v8py::Result<v8py::Arguments> arguments = v8py::ParseArguments(argc, argv);
  if (!arguments) {
    dprintf(STDERR_FILENO, "v8py-worker: %s\n", arguments.error().message().c_str());
    return 2;
  }
  v8py::Channel channel(arguments->socket);
  v8py::Status status = v8py::Serve(*arguments, channel);
  channel.Send(v8py::FaultMessage{status.message()});
  _exit(1);
}
