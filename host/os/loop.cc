#include "os/loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/thread.h"

namespace v8py {

namespace {

template <typename Descriptors>
void CloseAll(Descriptors& descriptors) {
  for (int fd : descriptors) close(fd);
  descriptors.clear();
}

// A handle's memory has to live until libuv has closed it, which is after its owner has gone.
template <typename Handle>
void CloseAndDelete(Handle* handle) {
  handle->data = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(handle),
           [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::Start() {
  std::unique_ptr<Loop> loop(new Loop);
  loop->wakeup_.data = loop.get();
  int error = uv_loop_init(&loop->loop_);
  if (error == 0) {
    error = uv_async_init(&loop->loop_, &loop->wakeup_, [](uv_async_t* wakeup) {
      static_cast<Loop*>(wakeup->data)->RunPosted();
    });
  }
  if (error != 0)
    return Fail(WorldError(std::string("starting an event loop: ") + uv_strerror(error)));
  auto run = [raw = loop.get()] { uv_run(&raw->loop_, UV_RUN_DEFAULT); };
  Result<std::thread> thread = StartThread(run);
  if (!thread) {
    uv_close(reinterpret_cast<uv_handle_t*>(&loop->wakeup_), nullptr);
    run();
    uv_loop_close(&loop->loop_);
    return Fail(thread.error());
  }
  loop->thread_ = std::move(*thread);
  return loop;
}

Loop::~Loop() {
  if (!thread_.joinable()) return;
  Post([this] { uv_close(reinterpret_cast<uv_handle_t*>(&wakeup_), nullptr); });
  thread_.join();
  uv_loop_close(&loop_);
}

void Loop::Post(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  uv_async_send(&wakeup_);
}

void Loop::RunPosted() {
  std::vector<std::function<void()>> tasks;
  {
    std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks) task();
}

void LaterTasks::Post(std::function<void()> task) {
  loop_.Post([alive = alive_, task = std::move(task)] {
    if (*alive) task();
  });
}

void RunInBackground(Loop& loop, std::function<void()> work, std::function<void()> done) {
  struct Task {
    uv_work_t request;
    std::function<void()> work, done;
  };
  auto* task = new Task{{}, std::move(work), std::move(done)};
  task->request.data = task;
  auto run = [](uv_work_t* request) { static_cast<Task*>(request->data)->work(); };
  auto end = [](uv_work_t* request, int) {
    std::unique_ptr<Task> task(static_cast<Task*>(request->data));
    task->done();
  };
  uv_queue_work(loop.get(), &task->request, run, end);
}

Timer::Timer(Loop& loop) : timer_(new uv_timer_t) {
  uv_timer_init(loop.get(), timer_);
  timer_->data = this;
}

Timer::~Timer() { CloseAndDelete(timer_); }

void Timer::Start(uint64_t milliseconds, std::function<void()> action) {
  action_ = std::move(action);
  uv_update_time(timer_->loop);
  uv_timer_start(
      timer_,
      [](uv_timer_t* timer) {
        // The action may destroy this timer: it must not live inside it meanwhile.
        auto run = std::move(static_cast<Timer*>(timer->data)->action_);
        run();
      },
      milliseconds, 0);
}

void Timer::Stop() { uv_timer_stop(timer_); }

DescriptorWatch::DescriptorWatch(Loop& loop, int fd, For what, std::function<void()> action)
    : poll_(new uv_poll_t), action_(std::move(action)) {
  uv_poll_init(loop.get(), poll_, fd);
  poll_->data = this;
  int events = what == For::kReading ? UV_READABLE : UV_WRITABLE;
  uv_poll_start(poll_, events, [](uv_poll_t* poll, int, int) {
    uv_poll_stop(poll);
    auto run = std::move(static_cast<DescriptorWatch*>(poll->data)->action_);
    run();
  });
}

DescriptorWatch::~DescriptorWatch() {
  uv_poll_stop(poll_);
  CloseAndDelete(poll_);
}

Stream::Stream(Loop& loop, int fd, Descriptors descriptors, Handler handler)
    : poll_(new uv_poll_t), fd_(fd), descriptors_(descriptors), handler_(std::move(handler)) {
  uv_poll_init(loop.get(), poll_, fd_);  // makes the socket non-blocking
  poll_->data = this;
  ResumeReading();
}

Stream::~Stream() {
  uv_poll_stop(poll_);
  CloseAndDelete(poll_);
  CloseAll(received_);
  for (Piece& piece : unsent_) CloseAll(piece.descriptors);
  if (fd_ >= 0) close(fd_);
}

int Stream::Release() {
  reading_ = false;
  uv_poll_stop(poll_);
  return std::exchange(fd_, -1);
}

void Stream::Watch() {
  int events = (reading_ ? UV_READABLE : 0) | (unsent_.empty() ? 0 : UV_WRITABLE);
  if (events == watched_) return;
  watched_ = events;
  if (events == 0) {
    uv_poll_stop(poll_);
    return;
  }
  uv_poll_start(poll_, events, [](uv_poll_t* poll, int status, int happened) {
    auto* self = static_cast<Stream*>(poll->data);
    if (status < 0) {
      // libuv has stopped watching. What the peer sent before its end is still there to be read.
      self->watched_ = 0;
      happened = UV_READABLE | UV_WRITABLE;
    }
    if (happened & UV_WRITABLE) self->SendUnsent();
    if (happened & UV_READABLE) self->Read();
    if (status < 0) self->Watch();
  });
}

void Stream::Read() {
  if (!reading_) return;
  iovec bytes{buffer_, sizeof buffer_};
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxDescriptors * sizeof(int))];
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (descriptors_ == Descriptors::kAccept) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  // Without room for them the kernel drops what descriptors a peer sends.
  ssize_t count = recvmsg(fd_, &message, MSG_CMSG_CLOEXEC);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); count > 0 && head;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = 0; at + sizeof(int) <= head->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
      int fd;
      memcpy(&fd, CMSG_DATA(head) + at, sizeof fd);
      received_.push_back(fd);
    }
  }
  if (count > 0) return handler_.on_bytes({buffer_, static_cast<size_t>(count)});
  PauseReading();
  ended_ = true;
  handler_.on_end();
}

int Stream::TakeDescriptor() {
  if (received_.empty()) return -1;
  int fd = received_.front();
  received_.pop_front();
  return fd;
}

void Stream::PauseReading() {
  reading_ = false;
  Watch();
}

void Stream::ResumeReading() {
  reading_ = !ended_;
  Watch();
}

void Stream::Write(std::string bytes, std::vector<int> descriptors, std::function<void()> sent) {
  unsent_bytes_ += bytes.size();
  unsent_.push_back({std::move(bytes), std::move(descriptors), std::move(sent)});
  if (unsent_.size() == 1) SendUnsent();
}

ssize_t Stream::SendSome(Piece& first) {
  iovec bytes{first.bytes.data() + sent_of_first_, first.bytes.size() - sent_of_first_};
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxDescriptors * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (size_t size = first.descriptors.size() * sizeof(int)) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(head), first.descriptors.data(), size);
  }
  return sendmsg(fd_, &message, MSG_NOSIGNAL);
}

void Stream::SendUnsent() {
  while (!unsent_.empty()) {
    Piece& first = unsent_.front();
    ssize_t sent = SendSome(first);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) break;
    if (sent < 0) {
      // The peer's end, which the reading side sees.
      for (Piece& piece : unsent_) CloseAll(piece.descriptors);
      unsent_.clear();
      unsent_bytes_ = sent_of_first_ = 0;
      break;
    }
    sent_of_first_ += static_cast<size_t>(sent);
    unsent_bytes_ -= static_cast<size_t>(sent);
    CloseAll(first.descriptors);
    if (sent_of_first_ < first.bytes.size()) continue;
    std::function<void()> tell = std::move(first.sent);
    unsent_.pop_front();
    sent_of_first_ = 0;
    if (tell) tell();
  }
  Watch();
}

}  // namespace v8py
