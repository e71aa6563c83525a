#include "base/thread.h"

#include <signal.h>

#include <chrono>
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

Result<std::thread> StartThreadPatiently(const std::function<void()>& body) {
  constexpr int kAttempts = 100;
  Result<std::thread> thread = StartThread(body);
  for (int i = 1; i < kAttempts && !thread; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    thread = StartThread(body);
  }
  return thread;
}

}  // namespace v8py
