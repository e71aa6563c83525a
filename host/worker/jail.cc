#include "worker/jail.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "os/landlock.h"

namespace v8py {

Status CloseAllBut(std::span<const int> keep) {
  std::vector<unsigned> kept(keep.begin(), keep.end());
  std::sort(kept.begin(), kept.end());
  unsigned from = 0;
  for (unsigned fd : kept) {
    if (from < fd && syscall(SYS_close_range, from, fd - 1, 0U) != 0) {
      return ErrnoError("close_range", errno);
    }
    from = fd + 1;
  }
  if (syscall(SYS_close_range, from, ~0U, 0U) != 0) return ErrnoError("close_range", errno);
  return Ok();
}

Result<Jail> EnterJail(std::span<const int> keep) {
  // The supervisor may have died before this line: then the parent is another process by now, and
  // the socket's end is noticed instead.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return Fail(ErrnoError("PR_SET_PDEATHSIG", errno));

  Status closed = CloseAllBut(keep);
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
