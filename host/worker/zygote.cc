#include "worker/zygote.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "worker/jail.h"

namespace v8py {

namespace {

enum class Side { kZygote, kGuest };

// 1. Goes with the zygote, even when that is killed. 2. Keeps nothing of it but its own socket:
// neither the zygote's socket nor the pidfds of other guests.
Status BecomeGuest(Channel& channel, int own, int zygotes) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return ErrnoError("PR_SET_PDEATHSIG", errno);
  channel.MoveTo(own);
  return CloseAllBut({&zygotes, 1});
}

// Of a guest that has ended, or that nobody wants.
GuestEndMessage Reap(pid_t pid) {
  kill(pid, SIGKILL);
  siginfo_t info{};
  int result;
  do {
    result = waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
  } while (result < 0 && errno == EINTR);
  GuestEndMessage end{pid, 0, 0};
  if (result == 0) (info.si_code == CLD_EXITED ? end.code : end.signal) = info.si_status;
  return end;
}

Result<Side> Fork(Engine& engine, Channel& channel, int socket) {
  // Only the thread that forks lives on in the child.
  engine.Rest();
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    channel.Send(GuestMessage{0});
    return Side::kZygote;
  }
  pid_t pid = fork();
  if (pid == 0) {
    Status status = BecomeGuest(channel, ends[1], socket);
    if (!status.ok()) return Fail(status);
    return Side::kGuest;
  }
  close(ends[1]);
  int pidfd = pid > 0 ? static_cast<int>(syscall(SYS_pidfd_open, pid, 0)) : -1;
  if (pidfd >= 0) {
    int descriptors[] = {ends[0], pidfd};
    channel.Send(GuestMessage{pid}, descriptors);
    close(pidfd);
  } else {
    // Nobody else would ever reap a guest that cannot be handed over.
    if (pid > 0) Reap(pid);
    channel.Send(GuestMessage{0});
  }
  close(ends[0]);
  return Side::kZygote;
}

}  // namespace

Status ServeForks(Engine& engine, Channel& channel, int socket) {
  Result<ToWorker> message = ForkMessage{};
  for (;; message = channel.Wait()) {
    if (!message) return message.error();
    if (auto* reap = std::get_if<ReapMessage>(&*message)) {
      channel.Send(Reap(reap->pid));
    } else if (std::holds_alternative<ForkMessage>(*message)) {
      Result<Side> side = Fork(engine, channel, socket);
      if (!side) return side.error();
      if (*side == Side::kGuest) return Ok();
    }
  }
}

}  // namespace v8py
