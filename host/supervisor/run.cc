#include "supervisor/run.h"

#include <fcntl.h>

#include <thread>

#include "base/log.h"
#include "base/units.h"

namespace v8py {

namespace {

// Against a hang: twenty starts at once on two processors take minutes, and are none.
constexpr uint64_t kBootMs = 300'000;
// From the request to stop to the kill: the worker raises an exception at once, terminates 150 to
// 400 ms later and then looks where the program stood.
constexpr uint64_t kStopMs = 700;
// How exact a CPU-time limit is.
constexpr uint64_t kCpuStepMs = 5;
// What V8 and the C library may take beside Python's memory: the JavaScript heap (which has a limit
// of its own), compiled code, thread stacks.
constexpr uint64_t kDataSlack = uint64_t{320} << 20;

double Milliseconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

Run::Run(Loop& loop, WorkerSource* source, std::vector<WorkerCommand> ways, Program program,
         std::shared_ptr<Broker> broker)
    : loop_(&loop),
      source_(source),
      ways_(std::move(ways)),
      program_(std::move(program)),
      events_([this] {
        Post([](Run& run) {
          if (run.worker_ && run.state_ == State::kRunning) run.worker_->ResumeReading();
        });
      }),
      broker_(std::move(broker)) {
  record_.limits = program_.limits;
  record_.call = program_.call;
}

void Run::Post(std::function<void(Run&)> task) {
  std::lock_guard lock(mutex_);
  if (!loop_) return;
  loop_->Post([self = shared_from_this(), task = std::move(task)] { task(*self); });
}

void Run::Start(std::function<void()> on_ended) {
  Queue(std::move(on_ended));
  Post([](Run& run) { run.Begin(); });
}

void Run::Queue(std::function<void()> on_ended) {
  on_ended_ = std::move(on_ended);
  asked_ = started_ = Clock::now();
}

void Run::Stop(StopReason reason) {
  Post([reason](Run& run) {
    if (run.state_ == State::kRunning) return run.BeginStopping(reason);
    if (run.state_ != State::kBooting) return;
    run.record_.stop = reason;
    run.worker_ ? run.worker_->Kill() : run.End(run.Conclude());
  });
}

void Run::Kill() {
  Post([](Run& run) {
    // A worker that was kept is not this run's any more.
    if (run.state_ == State::kEnded) return;
    bool decided = run.record_.claim || run.record_.stop != StopReason::kNone;
    if (!decided) run.record_.stop = StopReason::kCancel;
    run.worker_ ? run.worker_->Kill() : run.End(run.Conclude());
  });
}

void Run::WriteInput(std::string data) {
  Post([data = std::move(data)](Run& run) mutable { run.SendInput({std::move(data), false}); });
}

void Run::EndInput() {
  Post([](Run& run) { run.SendInput({"", true}); });
}

void Run::Answer(const HostCall& call, v8py::Answer answer) {
  auto kept = std::make_shared<v8py::Answer>(std::move(answer));
  Post([reply = call.answer, kept](Run&) { reply(std::move(*kept)); });
}

void Run::SendInput(InputMessage input) {
  input_wanted_ = false;
  if (state_ == State::kBooting) {
    input_before_ready_.push_back(std::move(input));
  } else if (state_ == State::kRunning) {
    worker_->Send(input);
  }
}

void Run::Begin() {
  if (state_ == State::kEnded) return;
  if (!source_) return StartWorker();
  source_->Take([self = shared_from_this()](std::unique_ptr<WorkerSource::Guest> guest) {
    self->OnGuest(std::move(guest));
  });
}

void Run::OnGuest(std::unique_ptr<WorkerSource::Guest> guest) {
  if (state_ == State::kEnded) {
    if (guest) source_->Bury(std::move(guest->worker));
    return;
  }
  started_ = Clock::now();
  if (!guest) return StartWorker();
  giving_back_ = true;
  used_ = guest->used;
  data_bytes_ = guest->data_bytes;
  record_.start_from = guest->from;
  record_.why_no_image = std::move(guest->why_no_image);
  worker_ = std::move(guest->worker);
  worker_->SetHandler(WorkerHandler());
  MakeTimers();
  OnReady(std::move(guest->ready));
}

WorkerProcess::Handler Run::WorkerHandler() {
  return {[this](FromWorker message) { OnMessage(std::move(message)); },
          [this](const Status& status) { ProtocolError(status.message()); },
          [this](ExitStatus status) { OnExit(status); }};
}

void Run::MakeTimers() {
  deadline_ = std::make_unique<Timer>(*loop_);
  cpu_deadline_ = std::make_unique<Timer>(*loop_);
  kill_deadline_ = std::make_unique<Timer>(*loop_);
}

void Run::StartWorker() {
  if (record_.why_no_image.empty()) record_.why_no_image = ways_[way_].why_no_image;
  if (record_.stop != StopReason::kNone) return End(Conclude());
  auto worker =
      WorkerProcess::Start(*loop_, ways_[way_], Stream::Descriptors::kRefuse, WorkerHandler());
  if (!worker) {
    fault_ = worker.error();
    return StartAnother() ? void() : End(Fail(worker.error()));
  }
  worker_ = std::move(*worker);
  MakeTimers();
  deadline_->Start(kBootMs, [this] {
    fault_ = InternalError("the worker was not ready within " + FormatDuration(kBootMs));
    worker_->Kill();
  });
}

void Run::OnMessage(FromWorker message) {
  if (state_ == State::kEnding || state_ == State::kEnded) {
    // A worker's last word is its result.
    return worker_->Kill();
  }
  if (auto* ready = std::get_if<ReadyMessage>(&message)) return OnReady(std::move(*ready));
  if (auto* fault = std::get_if<FaultMessage>(&message)) {
    if (state_ == State::kBooting) {
      fault_ = InternalError(fault->message);
    } else {
      Log("worker", LogLevel::kWarn, fault->message);
    }
    return worker_->Kill();
  }
  if (auto* output = std::get_if<OutputMessage>(&message)) return OnOutput(std::move(*output));
  if (state_ == State::kBooting) return ProtocolError("a message before it was ready");
  if (auto* result = std::get_if<ResultMessage>(&message)) return OnResult(std::move(*result));
  if (auto* call = std::get_if<CallMessage>(&message)) {
    return broker_->Handle(std::move(*call)) ? void() : ProtocolError("too many calls at once");
  }
  OnWantInput();
}

void Run::OnReady(ReadyMessage ready) {
  if (state_ != State::kBooting) return ProtocolError("READY twice");
  state_ = State::kRunning;
  running_since_ = Clock::now();
  record_.durations.queue_ms = Milliseconds(started_ - asked_);
  record_.durations.boot_ms = Milliseconds(running_since_ - started_);
  record_.steps = std::move(ready.steps);
  deadline_->Stop();

  const Limits& limits = program_.limits;
  cpu_at_start_ = worker_->process().CpuMilliseconds();
  LimitProcess();
  RunMessage& message = program_.message;
  message.memory_limit = limits.memory_bytes == kUnlimited ? 0 : limits.memory_bytes;
  message.wall_limit_ms = limits.wall_ms == kUnlimited ? 0 : limits.wall_ms;
  message.cpu_limit_ms = limits.cpu_ms == kUnlimited ? 0 : limits.cpu_ms;
  BeginBroker();
  std::vector<int> packs;
  if (program_.access) packs = program_.access->CopyPacks();
  message.packs = static_cast<unsigned>(packs.size());
  worker_->Send(message, std::move(packs));
  ending_.sent = true;
  for (InputMessage& input : std::exchange(input_before_ready_, {})) worker_->Send(input);
  if (limits.wall_ms != kUnlimited) {
    deadline_->Start(limits.wall_ms, [this] { BeginStopping(StopReason::kWall); });
  }
  if (limits.cpu_ms != kUnlimited) CheckCpu();
}

void Run::BeginBroker() {
  const Limits& limits = program_.limits;
  if (!broker_) broker_ = std::make_shared<Broker>(*loop_);
  HostCalls host_calls(program_.functions, [this](HostCall call) {
    events_.Push({.kind = Event::Kind::kHostCall, .call = std::move(call)});
  });
  auto ask = [self = weak_from_this()](Asker::Question question) {
    auto run = self.lock();
    Event event{.kind = Event::Kind::kQuestion, .question = std::move(question)};
    if (run) run->events_.Push(std::move(event));
  };
  if (program_.access && program_.access->asker) program_.access->asker->Begin(ask);
  broker_->Begin(program_.access, limits, std::move(host_calls),
                 [this](const ReplyMessage& reply, std::vector<Descriptor> descriptors,
                        std::function<void()> taken) {
                   std::vector<int> fds;
                   fds.reserve(descriptors.size());
                   for (Descriptor& descriptor : descriptors) fds.push_back(descriptor.Release());
                   worker_->Send(reply, std::move(fds), std::move(taken));
                 });
  RunMessage& message = program_.message;
  message.files_limit = limits.files_bytes == kUnlimited ? 0 : limits.files_bytes;
  if (!program_.access) return;
  message.files_out = program_.access->files_out;
  for (const FileRules::Mount& mount : program_.access->files.mounts()) {
    message.mounts.push_back({mount.guest, mount.folder});
  }
}

void Run::LimitProcess() {
  const Limits& limits = program_.limits;
  ChildProcess& process = worker_->process();
  if (limits.memory_bytes != kUnlimited && !used_) {
    if (data_bytes_ == 0) data_bytes_ = process.DataBytes();
    uint64_t files = limits.files_bytes == kUnlimited ? limits.memory_bytes : limits.files_bytes;
    process.LimitData(data_bytes_ + limits.memory_bytes + files + kDataSlack);
  }
  uint64_t seconds = kUnlimited;
  if (limits.cpu_ms != kUnlimited) {
    seconds = (static_cast<uint64_t>(cpu_at_start_) + limits.cpu_ms) / 1000 + 2;
  }
  if (program_.message.keep) {
    process.SetCpuSeconds(seconds);
  } else if (limits.cpu_ms != kUnlimited) {
    process.LimitCpuSeconds(seconds);
  }
}

void Run::CheckCpu() {
  double used = CpuUsed();
  double left = static_cast<double>(program_.limits.cpu_ms) - used;
  if (left <= 0) return BeginStopping(StopReason::kCpu);
  // All processors together cannot use it up sooner than this.
  double cores = std::max(1U, std::thread::hardware_concurrency());
  uint64_t wait = std::max(kCpuStepMs, static_cast<uint64_t>(left / cores));
  cpu_deadline_->Start(wait, [this] {
    if (state_ == State::kRunning) CheckCpu();
  });
}

void Run::OnOutput(OutputMessage output) {
  if (state_ == State::kBooting) {
    // Emscripten's complaint about a boot that goes wrong.
    return Log("worker", LogLevel::kWarn, output.data);
  }
  StreamText& stream = record_.streams[output.stream];
  uint64_t delivered = record_.streams[1].delivered + record_.streams[2].delivered;
  uint64_t room = program_.limits.output_bytes - std::min(delivered, program_.limits.output_bytes);
  stream.total += output.data.size();
  output.data.resize(std::min<uint64_t>(output.data.size(), room));
  stream.delivered += output.data.size();
  if (output.data.empty()) return;
  if (program_.keep == Keep::kOutput) stream.kept += output.data;
  if (program_.deliver == Deliver::kNothing || record_.stop == StopReason::kClosedOutput) return;
  auto room_left = events_.Push({Event::Kind::kOutput, output.stream, std::move(output.data)});
  // While it is stopping, the worker must never be held up by a reader of ours.
  if (room_left == EventQueue::Room::kFull && state_ == State::kRunning) worker_->PauseReading();
}

void Run::OnWantInput() {
  // What is on its way answers the wish, and a worker that takes nothing is given nothing more.
  if (worker_->Unsent() > 0) return;
  if (program_.input == Program::Input::kEmpty) return SendInput({"", true});
  if (std::exchange(input_wanted_, true)) return;
  events_.Push({Event::Kind::kWantInput, 0, ""});
}

void Run::OnResult(ResultMessage result) {
  record_.claim = std::move(result);
  record_.denial = broker_->denial();
  record_.displays = broker_->TakeDisplays();
  record_.packages = broker_->packages();
  record_.durations.run_ms = Milliseconds(Clock::now() - running_since_);
  record_.cpu_ms = CpuUsed();
  state_ = State::kEnding;
  deadline_->Stop();
  cpu_deadline_->Stop();
  ending_.kept = program_.message.keep && record_.claim->kept;
  if (!ending_.kept) worker_->Kill();
  giving_back_ |= ending_.kept;
  // Nobody has to wait for the end of a worker that is somebody else's.
  if (giving_back_) End(Conclude());
}

void Run::BeginStopping(StopReason reason) {
  if (state_ != State::kRunning) return;
  state_ = State::kStopping;
  record_.stop = reason;
  record_.durations.run_ms = Milliseconds(Clock::now() - running_since_);
  record_.cpu_ms = CpuUsed();
  auto why = reason == StopReason::kWall  ? InterruptMessage::Reason::kWall
             : reason == StopReason::kCpu ? InterruptMessage::Reason::kCpu
                                          : InterruptMessage::Reason::kCancel;
  worker_->Send(InterruptMessage{why});
  worker_->ResumeReading();
  kill_deadline_->Start(kStopMs, [this] { worker_->Kill(); });
}

void Run::ProtocolError(std::string_view what) {
  Log("supervisor", LogLevel::kInfo, "the worker broke the protocol: " + std::string(what));
  if (state_ == State::kBooting) {
    fault_ = InternalError("the worker broke the protocol: " + std::string(what));
  } else if (record_.stop == StopReason::kNone && !record_.claim) {
    record_.stop = StopReason::kProtocolError;
  }
  worker_->Kill();
}

void Run::OnExit(ExitStatus status) {
  if (state_ == State::kEnded) return;
  if (state_ == State::kRunning) {
    record_.durations.run_ms = Milliseconds(Clock::now() - running_since_);
  }
  record_.exit = status;
  if (state_ == State::kBooting && !fault_ && record_.stop == StopReason::kNone) {
    fault_ = WorldError("the worker ended before it was ready, by " + Describe(status) +
                        "; the installation may be broken, memory short, or a limit of the shell "
                        "too tight (ulimit -a)");
  }
  if (state_ == State::kBooting && fault_ && StartAnother()) return;
  End(Conclude());
}

bool Run::StartAnother() {
  if (record_.stop != StopReason::kNone || way_ + 1 >= ways_.size()) return false;
  Log("supervisor", LogLevel::kWarn,
      fault_->message() + "; starting the interpreter in another way, which takes longer");
  record_.why_no_image = fault_->message();
  fault_.reset();
  ++way_;
  // Not here: this may be inside of a callback of the worker's that has ended.
  Post([](Run& run) {
    run.worker_.reset();
    run.StartWorker();
  });
  return true;
}

Result<RunResult> Run::Conclude() {
  if (fault_ && record_.stop == StopReason::kNone) return Fail(*fault_);
  record_.durations.total_ms = Milliseconds(Clock::now() - asked_);
  RunResult result = MakeResult(std::move(record_));
  ending_.status = result.status;
  ending_.reason = result.reason;
  ending_.why_no_image = result.record.why_no_image;
  return result;
}

void Run::End(Result<RunResult> result) {
  if (std::exchange(state_, State::kEnded) == State::kEnded) return;
  // Not here: this may be inside one of their callbacks.
  if (broker_) broker_->End();
  Post([result = std::move(result)](Run& run) mutable {
    run.deadline_.reset();
    run.cpu_deadline_.reset();
    run.kill_deadline_.reset();
    if (run.giving_back_ && !run.worker_->exited()) run.source_->Bury(std::move(run.worker_));
    run.worker_.reset();
    run.broker_.reset();
    {
      std::lock_guard lock(run.mutex_);
      run.loop_ = nullptr;
    }
    // First: who hears of the end finds that the run is over.
    if (run.on_ended_) std::exchange(run.on_ended_, nullptr)();
    run.events_.Push({Event::Kind::kEnd, 0, "", std::move(result)});
  });
}

}  // namespace v8py
