// Starting a thread that gets no signals: they belong to the program that we are part of, and a
// write to a closed socket must be an error there, not SIGPIPE.
#pragma once

#include <functional>
#include <thread>

#include "base/status.h"

namespace v8py {

// kWorld when the system has no thread to give.
Result<std::thread> StartThread(std::function<void()> body);
// The same for who cannot go on without: while the system has none, which may be for a moment, it
// asks again, for some two seconds.
Result<std::thread> StartThreadPatiently(const std::function<void()>& body);

}  // namespace v8py
