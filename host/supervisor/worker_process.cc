#include "supervisor/worker_process.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace v8py {

namespace {

// V8 and ICU look at these.
const std::vector<std::string> kEnvironment = {"LC_ALL=C.UTF-8", "TZ=UTC"};

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::Start(Loop& loop,
                                                            const WorkerCommand& command,
                                                            Handler handler) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return Fail(ErrnoError("socketpair", errno));
  }
  std::vector<int> descriptors = {ends[1]};
  descriptors.insert(descriptors.end(), command.descriptors.begin(), command.descriptors.end());
  std::vector<std::string> environment = kEnvironment;
  environment.insert(environment.end(), command.environment.begin(), command.environment.end());
  Result<ChildProcess> process = ChildProcess::Start(command.words, environment, descriptors);
  close(ends[1]);
  if (!process) {
    close(ends[0]);
    return Fail(process.error().While("starting the worker"));
  }
  std::unique_ptr<WorkerProcess> worker(new WorkerProcess(std::move(*process), std::move(handler)));
  WorkerProcess* raw = worker.get();
  worker->stream_ = std::make_unique<Stream>(
      loop, ends[0],
      Stream::Handler{[raw](std::string_view bytes) { raw->OnBytes(bytes); },
                      [raw] {
                        raw->stream_ended_ = true;
                        raw->ReportExitOnce();
                      }});
  worker->exit_watch_ =
      std::make_unique<ReadableWatch>(loop, raw->process_.pidfd(), [raw] { raw->OnPidfd(); });
  return worker;
}

void WorkerProcess::OnBytes(std::string_view bytes) {
  if (broken_) return;
  frames_.Append(bytes);
  for (;;) {
    Result<std::optional<std::string>> payload = frames_.Next();
    if (!payload) return Break(payload.error());
    if (!*payload) return;
    Result<FromWorker> message = DecodeFromWorker(**payload);
    if (!message) return Break(message.error());
    handler_.on_message(std::move(*message));
  }
}

void WorkerProcess::Break(const Status& status) {
  broken_ = true;
  handler_.on_broken(status);
}

void WorkerProcess::OnPidfd() {
  Result<ExitStatus> status = process_.Reap();
  exit_ = status ? *status : ExitStatus{-1, 0};
  // What the worker sent before its end is still in the socket, and reading may be paused.
  stream_->ResumeReading();
  ReportExitOnce();
}

void WorkerProcess::ReportExitOnce() {
  if (!exit_ || !stream_ended_) return;
  auto report = std::exchange(handler_.on_exit, nullptr);
  if (report) report(*exit_);
}

}  // namespace v8py
