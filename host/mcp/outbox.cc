#include "mcp/outbox.h"

#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace v8py::mcp {

Outbox::Outbox(int descriptor) : descriptor_(descriptor), wake_(eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this] { Write(); });
}

Outbox::~Outbox() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  eventfd_write(wake_, 1);
  thread_.join();
  close(wake_);
}

void Outbox::Send(const Json& message, Urgency urgency) {
  std::string line = DumpJson(message) + "\n";
  std::lock_guard lock(mutex_);
  if (broken_ || (urgency == Urgency::kOptional && bytes_ > kOptionalBytes)) return;
  bytes_ += line.size();
  lines_.push_back(std::move(line));
  changed_.notify_all();
}

bool Outbox::full() const {
  std::lock_guard lock(mutex_);
  return bytes_ > kFullBytes;
}

bool Outbox::broken() const {
  std::lock_guard lock(mutex_);
  return broken_;
}

bool Outbox::Flush(int milliseconds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(milliseconds),
                           [this] { return bytes_ == 0 || broken_; });
}

void Outbox::Write() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !lines_.empty(); });
    if (ending_) return;
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    lock.unlock();
    bool written = WriteAll(line);
    lock.lock();
    bytes_ -= line.size();
    if (!written) {
      broken_ = true;
      lines_.clear();
      bytes_ = 0;
    }
    changed_.notify_all();
    if (!written) return;
  }
}

bool Outbox::WriteAll(const std::string& line) {
  for (size_t done = 0; done < line.size();) {
    pollfd ready[] = {{descriptor_, POLLOUT, 0}, {wake_, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0 && errno != EINTR) return false;
    if (ready[1].revents) return false;
    if (!ready[0].revents) continue;
    // A pipe that is ready takes this much without waiting.
    size_t most = std::min<size_t>(line.size() - done, PIPE_BUF);
    ssize_t wrote = write(descriptor_, line.data() + done, most);
    if (wrote < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (wrote > 0) done += static_cast<size_t>(wrote);
  }
  return true;
}

}  // namespace v8py::mcp
