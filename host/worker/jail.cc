#include "worker/jail.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "os/landlock.h"

namespace v8py {

namespace {

Status CloseAllBut(int socket) {
  unsigned keep = static_cast<unsigned>(socket);
  if (keep > 0 && syscall(SYS_close_range, 0U, keep - 1, 0U) != 0) {
    return ErrnoError("close_range", errno);
  }
  if (syscall(SYS_close_range, keep + 1, ~0U, 0U) != 0) return ErrnoError("close_range", errno);
  return Ok();
}

}  // namespace

Result<Jail> EnterJail(int socket) {
  // The supervisor may have died before this line: then the parent is another process by now, and
  // the socket's end is noticed instead.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return Fail(ErrnoError("PR_SET_PDEATHSIG", errno));

  Status closed = CloseAllBut(socket);
  if (!closed.ok()) return Fail(closed);

  // Landlock demands it, and a set-user-id program must not be of use.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Fail(ErrnoError("PR_SET_NO_NEW_PRIVS", errno));
  }

  Result<int> abi = DenyEverythingByLandlock();
  if (!abi) return Fail(abi.error());
  return Jail{*abi};
}

}  // namespace v8py
