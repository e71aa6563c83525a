#include "base/thread.h"

#include <signal.h>

#include <system_error>

namespace v8py {

Result<std::thread> StartThread(std::function<void()> body) {
  // A new thread has the mask of the one that starts it.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Result<std::thread> thread = Fail(WorldError(""));
  try {
    thread = std::thread(std::move(body));
  } catch (const std::system_error& error) {
    thread = Fail(ErrnoError("starting a thread", error.code().value()));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace v8py
