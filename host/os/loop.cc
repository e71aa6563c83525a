#include "os/loop.h"

#include <memory>
#include <string>
#include <string_view>

#include "base/thread.h"

namespace v8py {

namespace {

// A handle's memory has to live until libuv has closed it, which is after its owner has gone.
template <typename Handle>
void CloseAndDelete(Handle* handle) {
  handle->data = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(handle),
           [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
}

struct WriteRequest {
  uv_write_t request;
  std::string bytes;
};

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

ReadableWatch::ReadableWatch(Loop& loop, int fd, std::function<void()> action)
    : poll_(new uv_poll_t), action_(std::move(action)) {
  uv_poll_init(loop.get(), poll_, fd);
  poll_->data = this;
  uv_poll_start(poll_, UV_READABLE, [](uv_poll_t* poll, int, int) {
    uv_poll_stop(poll);
    auto run = std::move(static_cast<ReadableWatch*>(poll->data)->action_);
    run();
  });
}

ReadableWatch::~ReadableWatch() {
  uv_poll_stop(poll_);
  CloseAndDelete(poll_);
}

Stream::Stream(Loop& loop, int fd, Handler handler)
    : pipe_(new uv_pipe_t), handler_(std::move(handler)) {
  uv_pipe_init(loop.get(), pipe_, 0);
  uv_pipe_open(pipe_, fd);
  pipe_->data = this;
  ResumeReading();
}

Stream::~Stream() { CloseAndDelete(pipe_); }

void Stream::OnRead(uv_stream_t* stream, ssize_t count, const uv_buf_t*) {
  auto* self = static_cast<Stream*>(stream->data);
  if (count == 0 || !self) return;
  if (count > 0) return self->handler_.on_bytes({self->buffer_, static_cast<size_t>(count)});
  self->PauseReading();
  self->ended_ = true;
  self->handler_.on_end();
}

void Stream::PauseReading() {
  if (!reading_) return;
  reading_ = false;
  uv_read_stop(reinterpret_cast<uv_stream_t*>(pipe_));
}

void Stream::ResumeReading() {
  if (reading_ || ended_) return;
  reading_ = true;
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(pipe_),
      [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        auto* self = static_cast<Stream*>(handle->data);
        *buffer = uv_buf_init(self->buffer_, sizeof self->buffer_);
      },
      OnRead);
}

size_t Stream::Unsent() const {
  return uv_stream_get_write_queue_size(reinterpret_cast<const uv_stream_t*>(pipe_));
}

void Stream::Write(std::string bytes) {
  auto* write = new WriteRequest{{}, std::move(bytes)};
  uv_buf_t buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
  // A failed write is the peer's end, which the reading side sees.
  int error =
      uv_write(&write->request, reinterpret_cast<uv_stream_t*>(pipe_), &buffer, 1,
               [](uv_write_t* request, int) { delete reinterpret_cast<WriteRequest*>(request); });
  if (error != 0) delete write;
}

}  // namespace v8py
