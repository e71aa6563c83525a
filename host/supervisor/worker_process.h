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

class WorkerProcess {
 public:
  struct Handler {
    std::function<void(FromWorker)> on_message;
    std::function<void(Status)> on_broken;    // nonsense on the socket; nothing is read any more
    std::function<void(ExitStatus)> on_exit;  // after the last message; reaped
  };

  static Result<std::unique_ptr<WorkerProcess>> Start(Loop& loop,
                                                      const std::vector<std::string>& command,
                                                      Handler handler);

  void Send(const ToWorker& message) { stream_->Write(EncodeMessage(message)); }
  void PauseReading() { stream_->PauseReading(); }
  void ResumeReading() { stream_->ResumeReading(); }
  void Kill() { process_.Kill(); }
  ChildProcess& process() { return process_; }

 private:
  WorkerProcess(ChildProcess process, Handler handler)
      : process_(std::move(process)), handler_(std::move(handler)), frames_(kMaxFrameFromWorker) {}

  void OnBytes(std::string_view bytes);
  void OnPidfd();
  void ReportExitOnce();

  ChildProcess process_;
  Handler handler_;
  FrameReader frames_;
  bool broken_ = false;
  bool stream_ended_ = false;
  std::optional<ExitStatus> exit_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<ReadableWatch> exit_watch_;
};

}  // namespace v8py
