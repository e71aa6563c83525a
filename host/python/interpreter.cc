#include "python/interpreter.h"

#include <v8-array-buffer.h>
#include <v8-container.h>
#include <v8-exception.h>
#include <v8-function.h>
#include <v8-json.h>
#include <v8-promise.h>
#include <v8-typed-array.h>

#include <algorithm>
#include <atomic>
#include <tuple>

#include "bindings/bindings.h"
#include "engine/convert.h"
#include "engine/error.h"
#include "python/run_report.h"
#include "python/step_clock.h"

namespace v8py {

namespace {

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

class PyodideInterpreter : public Interpreter {
 public:
  PyodideInterpreter(Engine& engine, Host& host, const Options& options)
      : isolate_(engine, options.max_heap_bytes), realm_(isolate_), bindings_{realm_, &host, {}} {}
  ~PyodideInterpreter() override { runtime_.Reset(); }

  Status Boot(const Assets& assets, const BootFiles& files, Packages* packages,
              std::vector<Step>& steps);

  Status Prepare(Preparation step) override;
  Status Rehearse(const BootFile& program) override;
  void Settle() override;
  void CollectGarbage() override;
  uint64_t young_collections() const override { return isolate_.young_collections(); }
  Status Renew() override;
  ResultMessage Run(const RunMessage& program) override { return Run(program, Purpose::kRun); }
  bool GetReadyAgain() override;
  void Interrupt(InterruptMessage::Reason reason) override;
  bool interrupt_taken() const override {
    return interrupted() && *static_cast<volatile uint8_t*>(interrupt_byte_->Data()) == 0;
  }
  void Terminate() override;
  void Wake() override { realm_.loop().Wake(); }
  bool interrupted() const override { return interrupted_ != 0; }

 private:
  ResultMessage Run(const RunMessage& program, Purpose purpose);
  // Calls a function of the object that the last boot script gave, and waits for its promise.
  Status Call(const char* name);
  v8::Local<v8::Object> NativeForBoot(const Scope& scope, const Assets& assets,
                                      const BootFiles& files, Packages* packages);
  static v8::Local<v8::Object> PackagesForBoot(const Scope& scope, Packages& packages);
  Status RunBootScripts(const Scope& scope, v8::Local<v8::Object> native, const BootFiles& files);
  Status StartProgram(const Scope& scope, const RunMessage& program, Purpose purpose);
  // Runs the loop until a promise of ours is settled; its rejection is the status.
  Status Await(const Scope& scope, v8::Local<v8::Promise> promise);
  EventLoop::Idle OnTurn(const Scope& scope);
  EventLoop::Idle OnIdle(const Scope& scope);
  v8::MaybeLocal<v8::Value> CallRuntime(const Scope& scope, const char* name,
                                        std::initializer_list<v8::Local<v8::Value>> arguments);
  void FillUsage(const Scope& scope, ResultMessage& result);

  static void BeginStep(const Arguments& arguments);

  // Whom a rehearsal talks to.
  struct Nobody : Host {
    void Write(int, std::string_view) override {}
    long Read(char*, size_t) override { return 0; }
  };

  Nobody nobody_;
  // In order of dependence: the realm needs the isolate, the natives need the realm.
  Isolate isolate_;
  Realm realm_;
  Bindings bindings_;
  v8::Global<v8::Object> runtime_;
  StepClock* boot_clock_ = nullptr;
  // The byte that Python looks at between instructions. Shared with V8: another thread writes it.
  std::shared_ptr<v8::BackingStore> interrupt_byte_;
  std::atomic<int> interrupted_ = 0;  // a signal number
  bool interrupt_delivered_ = false;
  std::string spec_;    // of the last program
  bool intact_ = true;  // whether Python has come to the end of each program by itself
};

void PyodideInterpreter::BeginStep(const Arguments& arguments) {
  auto& self = NativeData<PyodideInterpreter>(arguments);
  auto name = TextOf(arguments.GetIsolate(), arguments[0]);
  if (self.boot_clock_ && name) self.boot_clock_->Begin(*name);
}

v8::Local<v8::Object> PyodideInterpreter::PackagesForBoot(const Scope& scope, Packages& packages) {
  v8::Isolate* isolate = scope.isolate();
  v8::Local<v8::Object> wheels = v8::Object::New(isolate);
  for (auto& [file, size, bytes] : packages.wheels) {
    SetProperty(scope, wheels, file, Given(isolate, std::move(bytes), size));
  }
  v8::Local<v8::Object> object = v8::Object::New(isolate);
  SetProperty(scope, object, "lock", ToJs(isolate, DumpJson(packages.lock)));
  SetProperty(scope, object, "preload", ToJs(isolate, DumpJson(packages.preload)));
  SetProperty(scope, object, "wheels", wheels);
  return object;
}

v8::Local<v8::Object> PyodideInterpreter::NativeForBoot(const Scope& scope, const Assets& assets,
                                                        const BootFiles& files,
                                                        Packages* packages) {
  v8::Isolate* isolate = scope.isolate();
  v8::Local<v8::Object> native = MakeNative(scope, bindings_);
  static constexpr Native kStep[] = {{"step", BeginStep}};
  InstallNatives(scope, native, kStep, this);

  v8::Local<v8::Object> by_name = v8::Object::New(isolate);
  for (const auto& [name, bytes] : assets.files()) {
    SetProperty(scope, by_name, name, v8::Uint8Array::New(Lent(isolate, bytes), 0, bytes.size()));
  }
  SetProperty(scope, native, "assets", by_name);

  v8::Local<v8::Object> guest = v8::Object::New(isolate);
  for (const BootFile& module : files.modules()) {
    SetProperty(scope, guest, module.name, ToUint8Array(isolate, module.text));
  }
  SetProperty(scope, native, "guest", guest);
  if (packages) SetProperty(scope, native, "packages", PackagesForBoot(scope, *packages));

  auto interrupts = v8::ArrayBuffer::New(isolate, 8);
  interrupt_byte_ = interrupts->GetBackingStore();
  SetProperty(scope, native, "interrupts", v8::Uint8Array::New(interrupts, 0, 8));
  return native;
}

Status PyodideInterpreter::RunBootScripts(const Scope& scope, v8::Local<v8::Object> native,
                                          const BootFiles& files) {
  for (const BootFile& script : files.scripts()) {
    boot_clock_->Begin(script.name);
    auto value = realm_.RunBootScript(scope, script.name, script.text, native);
    if (!value) return value.error();
    if (!(*value)->IsPromise()) continue;
    auto promise = value->As<v8::Promise>();
    Status status = Await(scope, promise);
    if (!status.ok()) return status.While(script.name);
    if (promise->Result()->IsObject()) {
      runtime_.Reset(scope.isolate(), promise->Result().As<v8::Object>());
    }
  }
  if (runtime_.IsEmpty()) return InternalError("no boot script gave a runtime");
  return Ok();
}

Status PyodideInterpreter::Await(const Scope& scope, v8::Local<v8::Promise> promise) {
  promise->MarkAsHandled();
  Status status = realm_.loop().RunUntil(
      scope, [&] { return promise->State() != v8::Promise::kPending || bindings_.report.ended(); },
      {});
  if (!status.ok()) return status;
  if (promise->State() == v8::Promise::kFulfilled) return Ok();
  if (promise->State() == v8::Promise::kRejected) return ToStatus(scope, promise->Result());
  return InternalError(bindings_.report.crashed ? bindings_.report.crashed->detail
                                                : "the interpreter has ended");
}

Status PyodideInterpreter::Boot(const Assets& assets, const BootFiles& files, Packages* packages,
                                std::vector<Step>& steps) {
  StepClock clock(steps);
  boot_clock_ = &clock;
  Status booted = realm_.Enter([&](const Scope& scope) -> Status {
    for (const auto& [name, bytes] : assets.files()) {
      if (name.ends_with(".mjs")) realm_.modules().Add("file:///pyodide/" + name, bytes);
    }
    Status status = RunBootScripts(scope, NativeForBoot(scope, assets, files, packages), files);
    if (!status.ok()) return status;
    realm_.Seal(scope);
    v8::Local<v8::Object> runtime = runtime_.Get(scope.isolate());
    python_version_ =
        TextOf(scope.isolate(), GetProperty(scope, runtime, "pythonVersion")).value_or("");
    pyodide_version_ =
        TextOf(scope.isolate(), GetProperty(scope, runtime, "pyodideVersion")).value_or("");
    return Ok();
  });
  clock.End();
  boot_clock_ = nullptr;
  return booted.While("booting Pyodide");
}

v8::MaybeLocal<v8::Value> PyodideInterpreter::CallRuntime(
    const Scope& scope, const char* name, std::initializer_list<v8::Local<v8::Value>> arguments) {
  v8::Local<v8::Object> runtime = runtime_.Get(scope.isolate());
  auto function = GetProperty(scope, runtime, name).As<v8::Function>();
  std::vector<v8::Local<v8::Value>> list(arguments);
  return function->Call(scope.context(), runtime, static_cast<int>(list.size()), list.data());
}

Status PyodideInterpreter::StartProgram(const Scope& scope, const RunMessage& program,
                                        Purpose purpose) {
  v8::Isolate* isolate = scope.isolate();
  v8::TryCatch caught(isolate);
  v8::Local<v8::Value> terminals[3];
  for (int i = 0; i < 3; ++i) {
    terminals[i] = v8::Boolean::New(isolate, program.streams[i].terminal);
  }
  // Only a session skips what stays the same: a rehearsal goes the way of a first program.
  std::string spec = ProgramSpec(program, purpose);
  v8::Local<v8::Value> new_spec = v8::Undefined(isolate);
  if (!program.keep || spec != spec_) new_spec = ToJs(isolate, spec);
  spec_ = std::move(spec);
  auto started = CallRuntime(
      scope, "run",
      {new_spec, ToJs(isolate, program.name),
       IsAscii(program.source) ? ToJs(isolate, program.source)
                               : ToUint8Array(isolate, program.source),
       v8::Array::New(isolate, terminals, 3), v8::Integer::New(isolate, program.columns),
       v8::Integer::New(isolate, program.rows),
       v8::Number::New(isolate, static_cast<double>(program.memory_limit)),
       v8::Number::New(isolate, static_cast<double>(program.files_limit)),
       program.mounts.empty() ? v8::Local<v8::Value>(v8::Undefined(isolate))
                              : ToJs(isolate, MountsText(program)),
       ToJs(isolate, bindings_, program.pack_descriptors)});
  if (started.IsEmpty()) return ToStatus(scope, caught);
  return Ok();
}

Status PyodideInterpreter::Prepare(Preparation step) {
  static constexpr const char* kNames[] = {"unpack", "compile", "preload", "freeze"};
  return Call(kNames[static_cast<int>(step)]);
}

Status PyodideInterpreter::Rehearse(const BootFile& program) {
  RunMessage message;
  message.kind = RunMessage::Kind::kFile;
  message.name = program.name;
  message.source = program.text;
  message.argv = {program.name};
  message.want_value = message.want_plain = true;
  Host* host = std::exchange(bindings_.host, &nobody_);
  ResultMessage result = Run(message, Purpose::kRehearsal);
  bindings_.host = host;
  bool ended = result.outcome == ResultMessage::Outcome::kOk ||
               result.outcome == ResultMessage::Outcome::kError;
  if (ended) return Ok();
  const auto& crashed = bindings_.report.crashed;
  return InternalError(program.name + ": " + result.reason +
                       (crashed ? " (" + crashed->detail + ")" : ""));
}

Status PyodideInterpreter::Call(const char* name) {
  bindings_.report = {};  // of a rehearsal
  return realm_.Enter([&](const Scope& scope) -> Status {
    v8::TryCatch caught(scope.isolate());
    v8::Local<v8::Value> value;
    if (!CallRuntime(scope, name, {}).ToLocal(&value)) return ToStatus(scope, caught);
    return value->IsPromise() ? Await(scope, value.As<v8::Promise>()) : Ok();
  });
}

Status PyodideInterpreter::Renew() {
  bindings_.clock.GoOn();
  return Call("renew").While("renewing an interpreter");
}

void PyodideInterpreter::Settle() {
  std::ignore = realm_.Enter([&](const Scope& scope) {
    realm_.loop().Settle(scope);
    return Ok();
  });
}

void PyodideInterpreter::CollectGarbage() {
  std::ignore = realm_.Enter([&](const Scope&) {
    isolate_.CollectGarbage();
    return Ok();
  });
}

EventLoop::Idle PyodideInterpreter::OnTurn(const Scope& scope) {
  std::optional<Reply> reply = bindings_.host->NextReply();
  if (!reply) return EventLoop::Idle::kWait;
  v8::Isolate* isolate = scope.isolate();
  v8::TryCatch caught(isolate);
  auto id = v8::Number::New(isolate, static_cast<double>(reply->id));
  std::ignore = CallRuntime(scope, "reply", {id, ToJs(isolate, bindings_, std::move(*reply))});
  return EventLoop::Idle::kAgain;
}

EventLoop::Idle PyodideInterpreter::OnIdle(const Scope& scope) {
  int signal = interrupted_;
  if (signal == 0 || interrupt_delivered_) return EventLoop::Idle::kWait;
  interrupt_delivered_ = true;
  v8::TryCatch caught(scope.isolate());
  v8::Local<v8::Value> woken;
  if (CallRuntime(scope, "interrupt", {v8::Integer::New(scope.isolate(), signal)})
          .ToLocal(&woken) &&
      woken->IsTrue()) {
    return EventLoop::Idle::kAgain;
  }
  return EventLoop::Idle::kWait;
}

ResultMessage PyodideInterpreter::Run(const RunMessage& program, Purpose purpose) {
  ResultMessage result;
  bindings_.report = {};
  double cpu_before = ProcessCpuMilliseconds();
  StepClock clock(result.steps);
  std::ignore = realm_.Enter([&](const Scope& scope) -> Status {
    clock.Begin("run");
    // What the program before has left: it did not have to wait for it.
    if (program.keep) realm_.loop().RunTasks(scope);
    Status status = StartProgram(scope, program, purpose);
    if (status.ok()) {
      status =
          realm_.loop().RunUntil(scope, [&] { return bindings_.report.ended(); },
                                 {[&] { return OnTurn(scope); }, [&] { return OnIdle(scope); }});
    }
    clock.Begin("result");
    intact_ &= status.ok() && !bindings_.report.crashed;
    if (bindings_.report.finished) {
      ReadRunReport(*bindings_.report.finished, bindings_.report.refused_bytes, result);
    } else if (bindings_.report.crashed) {
      ReadCrash(*bindings_.report.crashed, result);
    } else if (status.code() == Code::kLimit) {
      isolate_.ClearTermination();
      v8::TryCatch caught(scope.isolate());
      v8::Local<v8::Value> dump;
      std::string text;
      if (CallRuntime(scope, "where", {}).ToLocal(&dump)) {
        text = TextOf(scope.isolate(), dump).value_or("");
      }
      isolate_.ClearTermination();
      ReadTermination(text, isolate_.heap_exhausted(), result);
    } else {
      ReadCrash({"abort", status.message()}, result);
    }
    FillUsage(scope, result);
    return Ok();
  });
  result.usage.cpu_ms = ProcessCpuMilliseconds() - cpu_before;
  clock.End();
  return result;
}

void PyodideInterpreter::FillUsage(const Scope& scope, ResultMessage& result) {
  v8::TryCatch caught(scope.isolate());
  v8::Local<v8::Value> bytes;
  if (CallRuntime(scope, "memoryBytes", {}).ToLocal(&bytes) && bytes->IsNumber()) {
    result.usage.wasm_bytes = static_cast<uint64_t>(bytes.As<v8::Number>()->Value());
  }
  isolate_.ClearTermination();
  result.usage.heap_bytes = isolate_.used_heap_bytes();
  result.usage.resident_bytes = PeakResidentBytes();
}

void PyodideInterpreter::Interrupt(InterruptMessage::Reason reason) {
  int signal = SignalFor(reason);
  // First: once OnIdle() has raised the exception, Python must not find it here as well.
  *static_cast<volatile uint8_t*>(interrupt_byte_->Data()) = static_cast<uint8_t>(signal);
  interrupted_ = signal;
  realm_.loop().Wake();
}

bool PyodideInterpreter::GetReadyAgain() {
  *static_cast<volatile uint8_t*>(interrupt_byte_->Data()) = 0;
  interrupted_ = 0;
  interrupt_delivered_ = false;
  isolate_.ClearTermination();
  return intact_ && !isolate_.heap_exhausted();
}

void PyodideInterpreter::Terminate() {
  isolate_.Terminate();
  realm_.loop().Wake();
}

}  // namespace

Result<std::unique_ptr<Interpreter>> Interpreter::Boot(Engine& engine, const Assets& assets,
                                                       const BootFiles& files, Host& host,
                                                       const Options& options,
                                                       std::vector<Step>& steps) {
  StepClock clock(steps);
  clock.Begin("isolate");
  auto interpreter = std::make_unique<PyodideInterpreter>(engine, host, options);
  clock.End();
  Status status = interpreter->Boot(assets, files, options.packages, steps);
  if (!status.ok()) return Fail(status);
  return interpreter;
}

}  // namespace v8py
