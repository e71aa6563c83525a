// v8py-worker: one process, one isolate, one interpreter; one program, or those of a session.
// Started by the supervisor, never by a person. Its only connection to the world is the socket that
// it was given.
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "os/process_saver.h"
#include "python/interpreter.h"
#include "python/step_clock.h"
#include "python/warm_up.h"
#include "worker/channel.h"
#include "worker/jail.h"
#include "worker/zygote.h"

namespace v8py {
namespace {

struct Arguments {
  int socket = -1;
  // To become a process image instead of running a program: where it is written, and the folder
  // of the installation, below which all our files are.
  int save = -1;
  std::string root;
  int packages = -1;  // a bundle of packages that the image is to hold
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
    } else if (name == "--save") {
      arguments.save = atoi(value.c_str());
    } else if (name == "--packages") {
      arguments.packages = atoi(value.c_str());
    } else if (name == "--root") {
      arguments.root = value;
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

const std::vector<std::string> kV8Flags = {
    // Blocking calls need it.
    "--experimental-wasm-jspi",
    // Deep recursion in C code (repr of nested lists) needs more than V8's 984 KiB, of the thread's
    // stack and of JSPI's own.
    "--stack-size=4000", "--wasm-stack-switching-stack-size=4000",
    // Keys of the processor cannot be in an image, and protect nothing from who runs code here.
    "--no-memory-protection-keys",
    // What was compiled stays: guests are to find it.
    "--no-flush-bytecode",
    // Its timer would be in the image, and have every guest mark the whole heap.
    "--no-memory-reducer",
    // JavaScript is only what holds Pyodide together here; Python is WebAssembly. One optimiser
    // less that starts a thread in a guest's few milliseconds.
    "--no-maglev",
    // Later versions of V8 have it on. The budget: tier up soon, so that a warm-up can be short.
    "--wasm-inlining-call-indirect", "--wasm-tiering-budget=200000"};

// What is there after boot, in the order of dependence.
struct Worker {
  Assets assets;
  BootFiles files;
  Packages packages;
  Jail jail;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Interpreter> interpreter;
};

// The order is the safety: files first, then the jail, then V8.
Status Boot(const Arguments& arguments, Channel& channel, std::optional<ProcessSaver>& saver,
            std::optional<Worker>& worker, std::vector<Step>& steps) {
  StepClock clock(steps);
  clock.Begin("assets");
  Result<Assets> assets = Assets::Load(arguments.assets);
  if (!assets) return assets.error();
  Result<BootFiles> files = BootFiles::Load(arguments.boot_dir);
  if (!files) return files.error();
  Result<Packages> packages = Packages{};
  if (arguments.packages >= 0) packages = Packages::Read(arguments.packages);
  if (!packages) return packages.error();
  std::vector<int> keep = {arguments.socket};
  if (arguments.save >= 0) {
    Result<ProcessSaver> opened = ProcessSaver::Open(arguments.root, arguments.save);
    if (!opened) return opened.error();
    saver.emplace(std::move(*opened));
    for (int fd : saver->descriptors()) keep.push_back(fd);
  }

  clock.Begin("jail");
  Result<Jail> jail = EnterJail(keep);
  if (!jail) return jail.error().While("entering the jail");

  clock.Begin("v8");
  Result<std::unique_ptr<Engine>> engine =
      Engine::Start({.worker_threads = 2, .v8_flags = kV8Flags});
  if (!engine) return engine.error();
  clock.End();

  worker.emplace(Worker{std::move(*assets), std::move(*files), std::move(*packages), *jail,
                        std::move(*engine), nullptr});
  auto interpreter = Interpreter::Boot(*worker->engine, worker->assets, worker->files, channel,
                                       {.packages = &worker->packages}, steps);
  if (!interpreter) return interpreter.error();
  worker->interpreter = std::move(*interpreter);
  return Ok();
}

// What an image has and a worker that boots from nothing does not.
Status Prepare(Worker& worker, Channel& channel) {
  using Preparation = Interpreter::Preparation;
  const Packages& packages = worker.packages;
  Status status;
  if (!packages.wheels.empty()) {
    channel.Send(ProgressMessage{"unpacking packages"});
    status = worker.interpreter->Prepare(Preparation::kUnpack);
  }
  if (!status.ok()) return status.While("unpacking packages");
  channel.Send(ProgressMessage{"compiling modules"});
  status = worker.interpreter->Prepare(Preparation::kCompile);
  if (!status.ok()) return status.While("compiling modules");
  if (packages.preload.empty()) return Ok();
  channel.Send(ProgressMessage{"importing modules"});
  return worker.interpreter->Prepare(Preparation::kPreload).While("importing modules");
}

// Comes back in another process, whose start is then in `steps`. The one that was saved ends.
Status Save(ProcessSaver& saver, Worker& worker, Channel& channel, std::vector<Step>& steps) {
  Status status = Prepare(worker, channel);
  if (!status.ok()) return status;
  channel.Send(ProgressMessage{"warming up"});
  status = WarmUp(*worker.engine, *worker.interpreter, worker.files.warm_up(),
                  worker.files.WarmUpOf(worker.packages.preload))
               .While("warming up");
  if (!status.ok()) return status;
  channel.Send(ProgressMessage{"saving"});
  worker.engine->Rest();
  malloc_trim(0);
  Result<ProcessSaver::Outcome> outcome = saver.Save();
  if (!outcome) return outcome.error();
  if (outcome->side == ProcessSaver::Outcome::Side::kSaved) {
    channel.Send(SavedMessage{});
    _exit(0);
  }
  worker.jail.landlock_abi = outcome->report.landlock_abi;
  steps = {{"memory", outcome->report.mapped_ms, 0}, {"jail", outcome->report.jail_ms, 0}};
  return Ok();
}

// Different from all others of the same memory, and ready for a program.
Status GetReady(Worker& worker, Channel& channel, std::vector<Step>& steps) {
  StepClock clock(steps);
  clock.Begin("renewal");
  Status status = worker.interpreter->Renew();
  if (!status.ok()) return status;
  clock.End();
  channel.Send(ReadyMessage{Engine::Version(), worker.interpreter->pyodide_version(),
                            worker.interpreter->python_version(), steps, worker.jail.landlock_abi});
  return Ok();
}

void Watch(Worker& worker, Channel& channel, std::optional<RunMessage> program) {
  Interpreter& python = *worker.interpreter;
  channel.Start({[&python](InterruptMessage::Reason reason) { python.Interrupt(reason); },
                 [&python] { return python.interrupt_taken(); }, [&python] { python.Terminate(); },
                 [&python] { python.Wake(); }},
                std::move(program));
}

// Runs programs until one does not leave the interpreter to the next. Nothing is torn down: the
// process is, with everything in it.
[[noreturn]] void RunPrograms(Interpreter& python, Channel& channel) {
  for (;;) {
    RunMessage program = channel.WaitForProgram();
    ResultMessage result = python.Run(program);
    // First: an interrupt that comes now is too late, and must not meet the next program.
    channel.EndProgram();
    result.kept = program.keep && python.GetReadyAgain();
    channel.Send(result);
    if (!result.kept) _exit(0);
  }
}

// Forks guests; goes on in each of them.
Status ServeAsZygote(const Arguments& arguments, Worker& worker, Channel& channel) {
  // What is only read is mapped now, and found so by every guest.
  Status status = worker.interpreter->Rehearse(worker.files.warm_up().front());
  if (status.ok()) status = ServeForks(*worker.engine, channel, arguments.socket);
  // What a first run touches is copied now, and the thread started, not while somebody waits.
  if (status.ok()) status = worker.interpreter->Rehearse(worker.files.warm_up().front());
  if (!status.ok()) return status;
  channel.Rehearse();
  Watch(worker, channel, std::nullopt);
  std::vector<Step> steps;
  status = GetReady(worker, channel, steps);
  if (!status.ok()) return status;
  RunPrograms(*worker.interpreter, channel);
}

Status Serve(const Arguments& arguments, Channel& channel) {
  std::vector<Step> steps;
  std::optional<ProcessSaver> saver;
  std::optional<Worker> worker;
  if (arguments.save >= 0) channel.Send(ProgressMessage{"booting Python"});
  Status status = Boot(arguments, channel, saver, worker, steps);
  if (status.ok() && saver) status = Save(*saver, *worker, channel, steps);
  if (!status.ok()) return status;

  status = GetReady(*worker, channel, steps);
  if (!status.ok()) return status;
  Result<ToWorker> order = channel.Wait();
  if (order && std::holds_alternative<ForkMessage>(*order))
    return ServeAsZygote(arguments, *worker, channel);
  if (!order) return order.error();
  auto* program = std::get_if<RunMessage>(&*order);
  if (!program) return WorldError("the supervisor sent no program");
  Watch(*worker, channel, std::move(*program));
  RunPrograms(*worker->interpreter, channel);
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
  // An image that is larger than files may be here is an error, not the end.
  signal(SIGXFSZ, SIG_IGN);
  // A thread that allocates gets no heap of its own, whose pages would all be new.
  mallopt(M_ARENA_MAX, 1);
  // What is large comes and goes as a mapping, and leaves no holes between what is small. Said, it
  // stays so; the C library would raise it.
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
  v8py::Channel channel(arguments->socket);
  v8py::Status status = v8py::Serve(*arguments, channel);
  channel.Send(v8py::FaultMessage{status.message()});
  _exit(1);
}
