#include "mcp/line_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/thread.h"

namespace v8py::mcp {

namespace {

constexpr std::chrono::milliseconds kLastLines{500};

}  // namespace

struct LineFile::State {
  State(int descriptor, std::chrono::milliseconds every, LineFile::Report report)
      : descriptor(descriptor), every(every), report(std::move(report)) {}
  ~State() { close(descriptor); }

  void WriteLine(std::string line);
  // "" when this ends.
  std::string MakeReport();

  const int descriptor;
  const std::chrono::milliseconds every;
  const LineFile::Report report;
  std::mutex reporting;  // held while report() runs; before the other
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;
  size_t bytes = 0;  // of those, and of the one that is being written
  uint64_t dropped = 0;
  bool ending = false, ended = false;
  bool torn = false;  // the file ends within a line; the thread's own
  std::thread thread;
};

Result<std::unique_ptr<LineFile>> LineFile::Open(const std::string& path,
                                                 std::chrono::milliseconds every, Report report) {
  // Without waiting: a pipe that nobody reads is to be refused, too.
  int descriptor =
      open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
  if (descriptor < 0) return Fail(CallerError(path + ": " + strerror(errno)));
  auto state = std::make_shared<State>(descriptor, every, std::move(report));
  struct stat info;
  if (fstat(descriptor, &info) != 0 || !(S_ISREG(info.st_mode) || S_ISCHR(info.st_mode))) {
    return Fail(CallerError(path + " is not a file to append to"));
  }
  Result<std::thread> thread = StartThread([state] { Write(state); });
  if (!thread) return Fail(thread.error());
  state->thread = std::move(*thread);
  return std::unique_ptr<LineFile>(new LineFile(std::move(state)));
}

LineFile::~LineFile() {
  {
    // What it would report of may go with us.
    std::scoped_lock both(state_->reporting, state_->mutex);
    state_->ending = true;
  }
  state_->changed.notify_all();
  std::unique_lock lock(state_->mutex);
  bool ended = state_->changed.wait_for(lock, kLastLines, [this] { return state_->ended; });
  lock.unlock();
  // A disk may hang for ever.
  ended ? state_->thread.join() : state_->thread.detach();
}

void LineFile::Add(std::string line) {
  line += '\n';
  std::lock_guard lock(state_->mutex);
  if (state_->bytes + line.size() > kMostWaiting) {
    ++state_->dropped;
    return;
  }
  state_->bytes += line.size();
  state_->lines.push_back(std::move(line));
  state_->changed.notify_all();
}

uint64_t LineFile::dropped() const {
  std::lock_guard lock(state_->mutex);
  return state_->dropped;
}

void LineFile::State::WriteLine(std::string line) {
  if (torn) line.insert(line.begin(), '\n');
  ssize_t wrote = write(descriptor, line.data(), line.size());
  int error = errno;
  bool whole = wrote == static_cast<ssize_t>(line.size());
  if (wrote > 0) torn = !whole;
  std::lock_guard lock(mutex);
  if (!whole && dropped++ == 0) {
    Log("mcp", LogLevel::kError,
        std::string("telemetry cannot be written: ") + (wrote < 0 ? strerror(error) : "disk full"));
  }
}

std::string LineFile::State::MakeReport() {
  std::lock_guard lock(reporting);
  uint64_t count;
  {
    std::lock_guard inner(mutex);
    if (ending) return "";
    count = dropped;
  }
  return report(count);
}

void LineFile::Write(const std::shared_ptr<State>& state) {
  auto due = std::chrono::steady_clock::now() + state->every;
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->changed.wait_until(lock, due, [&] { return state->ending || !state->lines.empty(); });
    if (!state->lines.empty()) {
      std::string line = std::move(state->lines.front());
      state->lines.pop_front();
      size_t size = line.size();
      lock.unlock();
      state->WriteLine(std::move(line));
      lock.lock();
      state->bytes -= size;
    } else if (state->ending) {
      break;
    }
    if (state->ending || std::chrono::steady_clock::now() < due) continue;
    due = std::chrono::steady_clock::now() + state->every;
    lock.unlock();
    if (std::string line = state->MakeReport(); !line.empty()) state->WriteLine(line + "\n");
    lock.lock();
  }
  state->ended = true;
  state->changed.notify_all();
}

}  // namespace v8py::mcp
