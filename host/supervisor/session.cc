#include "supervisor/session.h"

#include <algorithm>
#include <utility>

#include "supervisor/outcome.h"

namespace v8py {

namespace {

Status Ended(const std::string& how) {
  return CallerError("the session has ended: its interpreter " + how + "; make another");
}

Status WhyLost(const Run::Ending& program) {
  if (program.status == RunStatus::kOk || program.status == RunStatus::kError) {
    return Ended(program.kept ? "was lost right after a program" : "has exited");
  }
  return Ended("was lost with a program (" + std::string(RunStatusName(program.status)) + ", " +
               program.reason + ")");
}

}  // namespace

Session::Session(Loop& loop, WorkerSource* origin, std::vector<WorkerCommand> ways,
                 std::function<void(const std::shared_ptr<Session>&)> on_gone)
    : loop_(loop), origin_(origin), ways_(std::move(ways)), on_gone_(std::move(on_gone)) {}

void Session::Post(std::function<void(Session&)> task) {
  std::lock_guard lock(mutex_);
  if (gone_) return;
  loop_.Post([self = shared_from_this(), task = std::move(task)] { task(*self); });
}

Status Session::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

Result<std::shared_ptr<Run>> Session::MakeRun(Program program) {
  std::lock_guard lock(mutex_);
  if (!status_.ok()) return Fail(status_);
  if (++calls_ == 1) memory_limit_ = program.limits.memory_bytes;
  program.limits.memory_bytes = memory_limit_;
  program.call = calls_;
  RunMessage& message = program.message;
  // A name of its own: tracebacks show the lines of functions that an earlier program has defined.
  if (message.kind == RunMessage::Kind::kCode) {
    message.name = "<cell " + std::to_string(calls_) + ">";
  }
  if (!broker_) broker_ = std::make_shared<Broker>(loop_);
  return std::make_shared<Run>(loop_, this, ways_, std::move(program), broker_);
}

void Session::Start(std::shared_ptr<Run> run, std::function<void()> on_ended) {
  run->Queue([self = shared_from_this(), weak = std::weak_ptr(run), ended = std::move(on_ended)] {
    if (auto run = weak.lock()) self->OnRunEnd(run);
    ended();
  });
  loop_.Post([self = shared_from_this(), run = std::move(run)] {
    self->waiting_.push_back(run);
    self->Next();
  });
}

void Session::Next() {
  while (!current_ && !waiting_.empty()) {
    auto run = std::move(waiting_.front());
    waiting_.pop_front();
    Status why = status();
    if (run->ended()) continue;
    if (!why.ok()) {
      run->Refuse(why);
      continue;
    }
    current_ = run;
    run->Begin();
  }
}

void Session::Take(Taker taker) {
  if (worker_) {
    auto guest = std::make_unique<Guest>();
    guest->worker = std::move(worker_);
    guest->used = true;
    guest->why_no_image = why_no_image_;
    return taker(std::move(guest));
  }
  if (!origin_) return taker(nullptr);
  origin_->Take([self = shared_from_this(), run = current_,
                 taker = std::move(taker)](std::unique_ptr<Guest> guest) {
    if (run->ended()) {
      if (guest) self->origin_->Bury(std::move(guest->worker));
      return;
    }
    self->from_origin_ = guest != nullptr;
    taker(std::move(guest));
  });
}

void Session::Bury(std::unique_ptr<WorkerProcess> worker) {
  worker_ = std::move(worker);
  if (worker_->lost()) {
    // The run, which its handler is of, may be gone before its end is told.
    auto ignore = [](const auto&) {};
    worker_->SetHandler({ignore, ignore, ignore});
    return;
  }
  // Between two programs it says nothing, and does not end.
  auto speaks = [this](const auto&) { Lose(Ended("broke the protocol")); };
  auto ends = [this](ExitStatus status) { Lose(Ended("ended by " + Describe(status))); };
  worker_->SetHandler({speaks, speaks, ends});
  worker_->ResumeReading();
}

void Session::OnRunEnd(const std::shared_ptr<Run>& run) {
  if (run == current_) {
    current_.reset();
    const Run::Ending& ending = run->ending();
    why_no_image_ = ending.why_no_image;
    Status why = status();
    // Before a program has reached it there is nothing to lose: the next gets another interpreter.
    bool lost = ending.sent && (!worker_ || worker_->lost());
    if (lost && why.ok()) why = WhyLost(ending);
    if (!why.ok()) Lose(why);
    if (!waiting_.empty()) Post([](Session& session) { session.Next(); });
  } else {
    std::erase(waiting_, run);
  }
  GoWhenNothingIsLeft();
}

void Session::Lose(Status why) {
  {
    std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = std::move(why);
  }
  if (!worker_) return GoWhenNothingIsLeft();
  ending_ = std::move(worker_);
  // Not here: this may be inside of one of the worker's callbacks.
  Post([](Session& session) { session.DismissWorker(); });
}

void Session::DismissWorker() {
  if (from_origin_ && !ending_->exited()) {
    origin_->Bury(std::move(ending_));
  } else if (!ending_->exited()) {
    auto ignore = [](const auto&) {};
    ending_->SetHandler({ignore, ignore, [this](ExitStatus) {
                           Post([](Session& session) { session.DismissWorker(); });
                         }});
    return ending_->Kill();
  }
  ending_.reset();
  GoWhenNothingIsLeft();
}

void Session::Close(Status why) {
  Post([why = std::move(why)](Session& session) {
    session.Lose(why);
    for (const auto& run : session.waiting_) run->Kill();
    if (session.current_) session.current_->Kill();
  });
}

void Session::GoWhenNothingIsLeft() {
  if (status().ok() || current_ || !waiting_.empty() || worker_ || ending_) return;
  {
    std::lock_guard lock(mutex_);
    gone_ = true;
    broker_.reset();
  }
  if (on_gone_) std::exchange(on_gone_, nullptr)(shared_from_this());
}

}  // namespace v8py
