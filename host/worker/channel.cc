#include "worker/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/thread.h"

namespace v8py {

namespace {

// How long a program has to notice that it should stop, and for its clean-up.
constexpr auto kForceAfter = std::chrono::milliseconds(150);
// What it has besides when the exception was raised by then: the traceback is on its way, from
// pages that nobody has touched yet, on a machine that may be busy.
constexpr auto kTakenGets = std::chrono::milliseconds(150);
// How long the look at where it stood may take before that is ended, too.
constexpr auto kForceAgain = std::chrono::milliseconds(100);
// A frame of output: well under kMaxFrameFromWorker.
constexpr size_t kMaxOutput = size_t{256} << 10;

constexpr size_t kMaxDescriptors = 4;

[[noreturn]] void SupervisorIsGone() { _exit(0); }

}  // namespace

Result<ToWorker> Channel::Wait() {
  char bytes[65536];
  for (;;) {
    Result<std::optional<std::string>> payload = frames_.Next();
    if (!payload) return Fail(payload.error());
    if (*payload) return DecodeToWorker(**payload);
    WatchUntilReadable();
    ssize_t got = read(socket_, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Fail(WorldError("the supervisor is gone"));
    frames_.Append({bytes, static_cast<size_t>(got)});
  }
}

void Channel::Rehearse() {
  RunMessage run;
  run.source.assign(1000, ' ');
  frames_.Append(EncodeMessage(ToWorker(run)));
  std::ignore = Wait();
  ResultMessage result;
  result.steps.resize(4);
  std::ignore = EncodeMessage(FromWorker(result));
}

void Channel::MoveTo(int socket) {
  dup2(socket, socket_);
  close(socket);
  frames_ = FrameReader(kMaxFrameToWorker);
}

void Channel::Start(Stop stop, std::optional<RunMessage> program) {
  stop_ = std::move(stop);
  if (program) OnProgram(std::move(*program));
  Result<std::thread> thread = StartThreadPatiently([this] { ReadLoop(); });
  if (!thread) {
    Send(FaultMessage{thread.error().message()});
    _exit(1);
  }
  // The process ends by _exit() with the thread in read().
  thread->detach();
}

RunMessage Channel::WaitForProgram() {
  if (!listening_) ReadFirstProgram();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return program_.has_value(); });
  return *std::exchange(program_, std::nullopt);
}

// Without the reader thread: waking another thread up costs what a short program does.
void Channel::ReadFirstProgram() {
  if (!program_) {
    Result<ToWorker> message = Wait();
    auto* program = message ? std::get_if<RunMessage>(&*message) : nullptr;
    if (!program) SupervisorIsGone();
    OnProgram(std::move(*program));
  }
  std::lock_guard lock(mutex_);
  listening_ = true;
  changed_.notify_all();
}

void Channel::EndProgram() {
  std::lock_guard lock(mutex_);
  running_ = interrupted_ = false;
}

void Channel::ReadLoop() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return listening_; });
  }
  for (;;) {
    Result<ToWorker> message = Wait();
    if (!message) SupervisorIsGone();
    if (auto* run = std::get_if<RunMessage>(&*message)) {
      OnProgram(std::move(*run));
    } else if (auto* input = std::get_if<InputMessage>(&*message)) {
      std::lock_guard lock(mutex_);
      input_.insert(input_.end(), input->data.begin(), input->data.end());
      input_ended_ |= input->end;
      changed_.notify_all();
    } else if (auto* interrupt = std::get_if<InterruptMessage>(&*message)) {
      OnInterrupt(interrupt->reason);
    }
  }
}

void Channel::OnProgram(RunMessage program) {
  force_at_.reset();
  {
    std::lock_guard lock(mutex_);
    program_ = std::move(program);
    running_ = true;
    // What the one before has not read is not for this one.
    input_.clear();
    input_ended_ = false;
  }
  changed_.notify_all();
}

void Channel::OnInterrupt(InterruptMessage::Reason reason) {
  std::lock_guard lock(mutex_);
  if (!running_ || interrupted_) return;
  interrupted_ = true;
  changed_.notify_all();
  stop_.ask(reason);
  given_more_time_ = false;
  force_at_ = Clock::now() + kForceAfter;
}

void Channel::WatchUntilReadable() {
  while (force_at_) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(*force_at_ - Clock::now());
    pollfd readable{socket_, POLLIN, 0};
    if (left.count() > 0 && poll(&readable, 1, static_cast<int>(left.count())) != 0) return;
    std::lock_guard lock(mutex_);
    if (!interrupted_) return force_at_.reset();
    if (!std::exchange(given_more_time_, true) && stop_.taken()) {
      force_at_ = Clock::now() + kTakenGets;
      continue;
    }
    stop_.force();
    force_at_ = Clock::now() + kForceAgain;
  }
}

void Channel::Send(const FromWorker& message, std::span<const int> descriptors) {
  std::string frame = EncodeMessage(message);
  std::string_view rest = frame;
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxDescriptors * sizeof(int))] = {};
  while (!rest.empty()) {
    iovec bytes{const_cast<char*>(rest.data()), rest.size()};
    msghdr packet{};
    packet.msg_iov = &bytes;
    packet.msg_iovlen = 1;
    if (!descriptors.empty()) {
      packet.msg_control = control;
      packet.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
      cmsghdr* head = CMSG_FIRSTHDR(&packet);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
      memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
    }
    ssize_t sent = sendmsg(socket_, &packet, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) SupervisorIsGone();
    // They went with the first bytes.
    descriptors = {};
    rest.remove_prefix(static_cast<size_t>(sent));
  }
}

void Channel::Write(int stream, std::string_view bytes) {
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, kMaxOutput);
    Send(OutputMessage{stream, std::string(part)});
    bytes.remove_prefix(part.size());
  }
}

long Channel::Read(char* data, size_t size) {
  if (size == 0) return 0;
  std::unique_lock lock(mutex_);
  auto ready = [this] { return !input_.empty() || input_ended_ || interrupted_; };
  if (!ready()) {
    lock.unlock();
    Send(WantInputMessage{});
    lock.lock();
    changed_.wait(lock, ready);
  }
  if (interrupted_) return kInterrupted;
  size_t count = std::min(size, input_.size());
  std::copy_n(input_.begin(), count, data);
  input_.erase(input_.begin(), input_.begin() + static_cast<ptrdiff_t>(count));
  return static_cast<long>(count);
}

}  // namespace v8py
