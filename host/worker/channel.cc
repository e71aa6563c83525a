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
#include "python/step_clock.h"

namespace v8py {

namespace {

// How much processor time a program has to notice that it should stop, and for its clean-up. Not
// time of the clock: the machine may be busy, or stand still.
constexpr double kNoticeMs = 140;
// And when the exception has been raised: the traceback is on its way.
constexpr double kCleanUpMs = 300;
constexpr auto kFirstLook = std::chrono::milliseconds(150);
constexpr auto kNextLook = std::chrono::milliseconds(25);
// By the clock, when it uses no processor.
constexpr auto kAtLast = std::chrono::milliseconds(400);
// How long the look at where it stood may take before that is ended, too.
constexpr auto kForceAgain = std::chrono::milliseconds(100);
// A frame of output: well under kMaxFrameFromWorker.
constexpr size_t kMaxOutput = size_t{256} << 10;

constexpr size_t kMaxDescriptors = 4;  // in one message to the supervisor

[[noreturn]] void SupervisorIsGone() { _exit(0); }

}  // namespace

Result<ToWorker> Channel::Wait() {
  for (;;) {
    Result<std::optional<ToWorker>> message = NextMessage();
    if (!message) return Fail(message.error());
    if (*message) return std::move(**message);
    Status status = ReadBytes(0);
    if (!status.ok()) return Fail(status);
  }
}

Result<std::optional<ToWorker>> Channel::NextMessage() {
  Result<std::optional<std::string>> payload = frames_.Next();
  if (!payload) return Fail(payload.error());
  if (!*payload) return std::optional<ToWorker>();
  Result<ToWorker> message = DecodeToWorker(**payload);
  if (!message) return Fail(message.error());
  return std::optional<ToWorker>(std::move(*message));
}

Status Channel::ReadBytes(int flags) {
  iovec bytes{bytes_, sizeof bytes_};
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxDescriptorsToWorker * sizeof(int))];
  msghdr packet{};
  packet.msg_iov = &bytes;
  packet.msg_iovlen = 1;
  packet.msg_control = control;
  packet.msg_controllen = sizeof control;
  ssize_t got = recvmsg(socket_, &packet, flags | MSG_CMSG_CLOEXEC);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return Ok();
  if (got <= 0) return WorldError("the supervisor is gone");
  for (cmsghdr* head = CMSG_FIRSTHDR(&packet); head; head = CMSG_NXTHDR(&packet, head)) {
    const auto* sent = reinterpret_cast<const int*>(CMSG_DATA(head));
    received_.insert(received_.end(), sent, sent + (head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  }
  frames_.Append({bytes_, static_cast<size_t>(got)});
  return Ok();
}

void Channel::Rehearse() {
  RunMessage run;
  run.source.assign(1000, ' ');
  memset(bytes_, 0, 4096);
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
  Result<std::thread> thread = StartThreadPatiently([this] { Watch(); });
  if (!thread) {
    Send(FaultMessage{thread.error().message()});
    _exit(1);
  }
  // The process ends by _exit() with the thread in poll().
  thread->detach();
}

RunMessage Channel::WaitForProgram() {
  std::unique_lock lock(mutex_);
  while (!program_) {
    lock.unlock();
    PollSocket(std::nullopt);
    lock.lock();
    TakeWhatIsThere();
  }
  RunMessage program = *std::exchange(program_, std::nullopt);
  lock.unlock();
  changed_.notify_all();
  return program;
}

void Channel::EndProgram() {
  std::lock_guard lock(mutex_);
  running_ = interrupted_ = false;
  force_at_.reset();
}

void Channel::Watch() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return running_ && (!main_waits_ || force_at_); });
    std::optional<Clock::time_point> until = force_at_;
    lock.unlock();
    PollSocket(until);
    lock.lock();
    // Or else the main thread reads.
    if (running_ && !main_waits_) TakeWhatIsThere();
    if (force_at_ && Clock::now() >= *force_at_) Force();
  }
}

void Channel::PollSocket(std::optional<Clock::time_point> until, int other) {
  int timeout = -1;
  if (until) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - Clock::now());
    timeout = std::max(0, static_cast<int>(left.count()));
  }
  pollfd readable[] = {{socket_, POLLIN, 0}, {other, POLLIN, 0}};
  poll(readable, 2, timeout);
}

void Channel::TakeWhatIsThere() {
  if (!ReadBytes(MSG_DONTWAIT).ok()) SupervisorIsGone();
  for (;;) {
    Result<std::optional<ToWorker>> message = NextMessage();
    if (!message) SupervisorIsGone();
    if (!*message) return;
    if (auto* run = std::get_if<RunMessage>(&**message)) {
      OnProgram(std::move(*run));
    } else if (auto* input = std::get_if<InputMessage>(&**message)) {
      input_.insert(input_.end(), input->data.begin(), input->data.end());
      input_ended_ |= input->end;
      changed_.notify_all();
    } else if (auto* interrupt = std::get_if<InterruptMessage>(&**message)) {
      OnInterrupt(interrupt->reason);
    } else if (auto* reply = std::get_if<ReplyMessage>(&**message)) {
      OnReply(std::move(*reply));
    }
  }
}

void Channel::OnProgram(RunMessage program) {
  program.pack_descriptors = TakeReceived(program.packs);
  program_ = std::move(program);
  running_ = true;
  // What the one before has not read is not for this one.
  input_.clear();
  input_ended_ = false;
}

void Channel::OnInterrupt(InterruptMessage::Reason reason) {
  if (!running_ || interrupted_) return;
  interrupted_ = true;
  changed_.notify_all();
  stop_.ask(reason);
  asked_at_ = Clock::now();
  cpu_when_asked_ = ProcessCpuMilliseconds();
  force_at_ = asked_at_ + kFirstLook;
}

bool Channel::InterruptPending() const { return interrupted_ && !stop_.taken(); }

std::vector<int> Channel::TakeReceived(size_t count) {
  auto end = received_.begin() + static_cast<ptrdiff_t>(std::min(count, received_.size()));
  std::vector<int> taken(received_.begin(), end);
  received_.erase(received_.begin(), end);
  return taken;
}

void Channel::OnReply(ReplyMessage message) {
  Reply reply{message.id,
              std::move(message.error),
              std::move(message.text),
              DumpJson(message.result),
              std::move(message.data),
              {}};
  reply.descriptors = TakeReceived(message.descriptors);
  if (reply.id == awaited_) {
    answer_ = std::move(reply);
  } else if (posted_.erase(reply.id) > 0) {
    answers_.push_back(std::move(reply));
    stop_.on_reply();
  } else {
    for (int fd : reply.descriptors) close(fd);
  }
}

void Channel::Force() {
  Clock::time_point now = Clock::now();
  double used = ProcessCpuMilliseconds() - cpu_when_asked_;
  bool had_its_time = used >= (stop_.taken() ? kCleanUpMs : kNoticeMs);
  if (!had_its_time && now < asked_at_ + kAtLast) {
    force_at_ = now + kNextLook;
    return;
  }
  stop_.force();
  force_at_ = now + kForceAgain;
}

void Channel::Send(const FromWorker& message, std::span<const int> descriptors) {
  SendFrame(EncodeMessage(message), descriptors);
}

void Channel::SendFrame(std::string_view rest, std::span<const int> descriptors) {
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

std::optional<Reply> Channel::SendCall(uint64_t id, std::string_view name, std::string_view json,
                                       std::string_view data) {
  Result<Json> arguments = ParseJson(json);
  if (!arguments) return Reply{id, "EINVAL", "the arguments are not JSON", "", "", {}};
  std::string frame =
      EncodeMessage(CallMessage{id, std::string(name), std::move(*arguments), std::string(data)});
  if (frame.size() > kMaxFrameFromWorker) {
    return Reply{id, "EMSGSIZE", "more than the 1 MiB that one call can have", "", "", {}};
  }
  SendFrame(frame, {});
  return std::nullopt;
}

std::optional<Reply> Channel::Call(std::string_view name, std::string_view json,
                                   std::string_view data) {
  std::unique_lock lock(mutex_);
  if (InterruptPending()) return std::nullopt;
  uint64_t id = ++last_call_;
  awaited_ = id;
  main_waits_ = true;
  lock.unlock();
  std::optional<Reply> refusal = SendCall(id, name, json, data);
  lock.lock();
  answer_ = std::move(refusal);
  while (!answer_ && !InterruptPending()) {
    lock.unlock();
    PollSocket(std::nullopt);
    lock.lock();
    TakeWhatIsThere();
  }
  main_waits_ = false;
  awaited_ = 0;
  std::optional<Reply> answer = std::exchange(answer_, std::nullopt);
  lock.unlock();
  changed_.notify_all();
  return answer;
}

uint64_t Channel::Post(std::string_view name, std::string_view json, std::string_view data) {
  std::unique_lock lock(mutex_);
  uint64_t id = ++last_call_;
  posted_.insert(id);
  lock.unlock();
  std::optional<Reply> refusal = SendCall(id, name, json, data);
  if (!refusal) return id;
  lock.lock();
  posted_.erase(id);
  answers_.push_back(std::move(*refusal));
  stop_.on_reply();
  return id;
}

std::optional<Reply> Channel::NextReply() {
  std::lock_guard lock(mutex_);
  if (answers_.empty()) return std::nullopt;
  Reply reply = std::move(answers_.front());
  answers_.pop_front();
  return reply;
}

long Channel::Receive(int socket, char* data, size_t size, uint64_t patience_ms) {
  std::optional<Clock::time_point> until;
  if (patience_ms > 0) until = Clock::now() + std::chrono::milliseconds(patience_ms);
  auto try_now = [&] { return recv(socket, data, size, MSG_DONTWAIT); };
  ssize_t got = try_now();
  if (got >= 0) return got;
  std::unique_lock lock(mutex_);
  main_waits_ = true;
  while (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    errno = EINTR;
    if (InterruptPending()) break;
    lock.unlock();
    PollSocket(until, socket);
    lock.lock();
    TakeWhatIsThere();
    got = try_now();
    if (got < 0 && errno == EAGAIN && until && Clock::now() >= *until) errno = ETIMEDOUT;
  }
  long result = got < 0 ? -errno : got;
  main_waits_ = false;
  lock.unlock();
  changed_.notify_all();
  return result;
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
