#include "supervisor/zygote.h"

#include <signal.h>
#include <unistd.h>

namespace v8py {

namespace {

// From an image it takes some milliseconds.
constexpr uint64_t kBootMs = 60'000;

}  // namespace

Result<std::unique_ptr<Zygote>> Zygote::Start(Loop& loop, const WorkerCommand& command,
                                              Handler handler) {
  std::unique_ptr<Zygote> zygote(new Zygote(loop, std::move(handler)));
  Zygote* raw = zygote.get();
  auto process =
      WorkerProcess::Start(loop, command, Stream::Descriptors::kAccept,
                           {[raw](const FromWorker& message) { raw->OnMessage(message); },
                            [raw](Status status) {
                              raw->fault_ = std::move(status);
                              raw->process_->Kill();
                            },
                            [raw](ExitStatus status) { raw->OnExit(status); }});
  if (!process) return Fail(process.error());
  zygote->process_ = std::move(*process);
  zygote->boot_deadline_ = std::make_unique<Timer>(loop);
  zygote->boot_deadline_->Start(kBootMs, [raw] {
    raw->fault_ = InternalError("the zygote was not ready in time");
    raw->process_->Kill();
  });
  return zygote;
}

void Zygote::OnMessage(const FromWorker& message) {
  if (std::holds_alternative<ReadyMessage>(message)) {
    boot_deadline_->Stop();
  } else if (auto* guest = std::get_if<GuestMessage>(&message)) {
    OnGuest(*guest);
  } else if (auto* end = std::get_if<GuestEndMessage>(&message)) {
    TellExit(end->pid, {end->code, end->signal});
  } else if (auto* fault = std::get_if<FaultMessage>(&message)) {
    fault_ = InternalError(fault->message);
    process_->Kill();
  }
}

void Zygote::OnGuest(const GuestMessage& message) {
  if (message.pid == 0) return handler_.on_guest(nullptr);
  int socket = process_->TakeDescriptor();
  int pidfd = process_->TakeDescriptor();
  if (socket < 0 || pidfd < 0) {
    // This process may have no more. The guest is nobody's now.
    if (socket >= 0) close(socket);
    Reap(message.pid);
    return handler_.on_guest(nullptr);
  }
  pid_t pid = message.pid;
  auto guest = WorkerProcess::Adopt(loop_, pid, pidfd, socket, [this, pid] { Reap(pid); }, {});
  guests_[pid] = guest.get();
  handler_.on_guest(std::move(guest));
}

// The zygote's own end is by SIGKILL for all of its guests, and nobody is left to ask.
void Zygote::Reap(pid_t pid) {
  if (!ended_) return process_->Send(ReapMessage{pid});
  TellExit(pid, {0, SIGKILL});
}

void Zygote::TellExit(pid_t pid, ExitStatus status) {
  auto found = guests_.find(pid);
  if (found == guests_.end()) return;
  WorkerProcess* guest = found->second;
  guests_.erase(found);
  guest->TellExit(status);
}

void Zygote::OnExit(ExitStatus status) {
  ended_ = true;
  boot_deadline_->Stop();
  while (!guests_.empty()) TellExit(guests_.begin()->first, {0, SIGKILL});
  handler_.on_end(*this, fault_.value_or(WorldError("the zygote ended by " + Describe(status))));
}

}  // namespace v8py
