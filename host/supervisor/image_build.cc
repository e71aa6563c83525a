#include "supervisor/image_build.h"

#include <future>
#include <memory>
#include <optional>

#include "base/log.h"
#include "supervisor/worker_process.h"

namespace v8py {

namespace {

// Many times what it takes, on a machine that is busy.
constexpr uint64_t kSaveMs = 900'000;

// Lives on the loop's thread until the worker has ended.
class Saving : public std::enable_shared_from_this<Saving> {
 public:
  Saving(Loop& loop, std::function<void(const std::string&)> progress)
      : loop_(loop), progress_(std::move(progress)) {}

  std::future<Status> ended() { return ended_.get_future(); }

  void Start(const WorkerCommand& command) {
    auto worker = WorkerProcess::Start(loop_, command, Stream::Descriptors::kRefuse,
                                       {[this](const FromWorker& message) { OnMessage(message); },
                                        [this](const Status& status) { Fail(status); },
                                        [this](ExitStatus status) { OnExit(status); }});
    if (!worker) return ended_.set_value(worker.error());
    worker_ = std::move(*worker);
    deadline_ = std::make_unique<Timer>(loop_);
    deadline_->Start(kSaveMs, [this] { Fail(InternalError("it took too long")); });
  }

 private:
  void OnMessage(const FromWorker& message) {
    if (auto* progress = std::get_if<ProgressMessage>(&message)) {
      progress_(progress->step);
    } else if (auto* fault = std::get_if<FaultMessage>(&message)) {
      Fail(WorldError(fault->message));
    } else if (std::holds_alternative<SavedMessage>(message)) {
      saved_ = true;
    }
  }

  void Fail(const Status& status) {
    if (!failure_) failure_ = status;
    worker_->Kill();
  }

  void OnExit(ExitStatus status) {
    if (!failure_ && !saved_) failure_ = WorldError("the worker ended by " + Describe(status));
    // Not here: this is inside of the worker's own callback.
    loop_.Post([self = shared_from_this()] {
      self->deadline_.reset();
      self->worker_.reset();
      self->ended_.set_value(self->failure_.value_or(Ok()).While("making the image"));
    });
  }

  Loop& loop_;
  std::function<void(const std::string&)> progress_;
  std::promise<Status> ended_;
  bool saved_ = false;
  std::optional<Status> failure_;
  std::unique_ptr<WorkerProcess> worker_;
  std::unique_ptr<Timer> deadline_;
};

}  // namespace

Status SaveWorker(const Install& install, Loop& loop, int output, int packages,
                  const std::function<void(const std::string&)>& progress) {
  Result<WorkerCommand> command = install.SavingWorker(output, packages);
  if (!command) return command.error();
  auto saving = std::make_shared<Saving>(loop, progress);
  std::future<Status> ended = saving->ended();
  loop.Post([saving, command = std::move(*command)] { saving->Start(command); });
  return ended.get();
}

}  // namespace v8py
