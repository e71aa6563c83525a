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
                                                            Stream::Descriptors descriptors_from_it,
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
  worker->Watch(loop, ends[0], descriptors_from_it);
  return worker;
}

std::unique_ptr<WorkerProcess> WorkerProcess::Adopt(Loop& loop, pid_t pid, int pidfd, int socket,
                                                    std::function<void()> reap, Handler handler) {
  std::unique_ptr<WorkerProcess> worker(
      new WorkerProcess(ChildProcess::Adopt(pid, pidfd), std::move(handler)));
  worker->reap_ = std::move(reap);
  worker->Watch(loop, socket, Stream::Descriptors::kRefuse);
  return worker;
}

void WorkerProcess::Watch(Loop& loop, int socket, Stream::Descriptors descriptors) {
  stream_ =
      std::make_unique<Stream>(loop, socket, descriptors,
                               Stream::Handler{[this](std::string_view bytes) { OnBytes(bytes); },
                                               [this] {
                                                 stream_ended_ = true;
                                                 ReportExitOnce();
                                               }});
  WatchExit(loop);
}

void WorkerProcess::WatchExit(Loop& loop) {
  if (exit_watch_) return;
  exit_watch_ = std::make_unique<DescriptorWatch>(
      loop, process_.pidfd(), DescriptorWatch::For::kReading, [this] { OnPidfd(); });
}

int WorkerProcess::ReleaseSocket() {
  exit_watch_.reset();
  stream_ended_ = true;
  int socket = stream_->Release();
  stream_.reset();
  return socket;
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
  // What the worker sent before its end is still in the socket, and reading may be paused.
  if (stream_) stream_->ResumeReading();
  // Told already: then its parent is gone, and nobody is left who could be asked.
  if (exit_) return ReportExitOnce();
  if (reap_) return reap_();
  Result<ExitStatus> status = process_.Reap();
  exit_ = status ? *status : ExitStatus{-1, 0};
  ReportExitOnce();
}

void WorkerProcess::TellExit(ExitStatus status) {
  process_.MarkReaped();
  exit_ = status;
  ReportExitOnce();
}

void WorkerProcess::ReportExitOnce() {
  if (!exit_ || !stream_ended_) return;
  auto report = std::exchange(handler_.on_exit, nullptr);
  if (report) report(*exit_);
}

}  // namespace v8py
