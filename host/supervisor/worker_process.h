// A worker as the supervisor has it: a child process and the socket to it. The worker is not
// trusted: what it sends is decoded strictly, and the first mistake is reported once.
// Rule: lives on the loop's thread; the handler's functions must not destroy it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/frame.h"
#include "base/message.h"
#include "os/child_process.h"
#include "os/loop.h"

namespace v8py {

// How to start a worker. It finds its socket as descriptor 3, and `descriptors` as 4 and so on;
// they belong to somebody else, who keeps them open until it is started.
struct WorkerCommand {
  std::vector<std::string> words;
  std::vector<int> descriptors = {};
  // Beside what every worker gets. Nothing of our own environment is the worker's business.
  std::vector<std::string> environment = {};
  // Why this way does not start from an image; "": it does.
  std::string why_no_image = {};
};

class WorkerProcess {
 public:
  struct Handler {
    std::function<void(FromWorker)> on_message;
    std::function<void(Status)> on_broken;    // nonsense on the socket; nothing is read any more
    std::function<void(ExitStatus)> on_exit;  // after the last message; reaped
  };

  static Result<std::unique_ptr<WorkerProcess>> Start(Loop& loop, const WorkerCommand& command,
                                                      Stream::Descriptors descriptors,
                                                      Handler handler);

  // A guest of a zygote. `socket` and `pidfd` are taken over. `reap` is called when it has ended:
  // its zygote is to reap it, and the answer is for TellExit().
  static std::unique_ptr<WorkerProcess> Adopt(Loop& loop, pid_t pid, int pidfd, int socket,
                                              std::function<void()> reap, Handler handler);
  void TellExit(ExitStatus status);
  // Gives the socket of a guest to another process, which runs it. The guest's end is not noticed,
  // and its process id stays its own, until WatchExit(). Not inside of the handler's functions.
  int ReleaseSocket();
  void WatchExit(Loop& loop);

  // Not inside of one of the handler's own functions.
  void SetHandler(Handler handler) { handler_ = std::move(handler); }
  // The next descriptor that the worker sent, the caller's from now on; -1: none.
  int TakeDescriptor() { return stream_->TakeDescriptor(); }
  // `descriptors` go beside it, and are closed here. `sent`: see Stream::Write().
  void Send(const ToWorker& message, std::vector<int> descriptors = {},
            std::function<void()> sent = nullptr) {
    stream_->Write(EncodeMessage(message), std::move(descriptors), std::move(sent));
  }
  size_t Unsent() const { return stream_->Unsent(); }
  void PauseReading() { stream_->PauseReading(); }
  void ResumeReading() { stream_->ResumeReading(); }
  void Kill() {
    killed_ = true;
    process_.Kill();
  }
  // Whether it was killed, here, or has ended.
  bool lost() const { return killed_ || exit_.has_value(); }
  // Whether on_exit was called. Another handler hears nothing of it.
  bool exited() const { return exit_.has_value() && stream_ended_; }
  ChildProcess& process() { return process_; }

 private:
  WorkerProcess(ChildProcess process, Handler handler)
      : process_(std::move(process)), handler_(std::move(handler)), frames_(kMaxFrameFromWorker) {}

  void Watch(Loop& loop, int socket, Stream::Descriptors descriptors);
  void OnBytes(std::string_view bytes);
  void Break(const Status& status);
  void OnPidfd();
  void ReportExitOnce();

  ChildProcess process_;
  Handler handler_;
  std::function<void()> reap_;  // of an adopted one
  FrameReader frames_;
  bool broken_ = false;
  bool killed_ = false;
  bool stream_ended_ = false;
  std::optional<ExitStatus> exit_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<DescriptorWatch> exit_watch_;
};

}  // namespace v8py
