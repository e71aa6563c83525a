// A libuv loop on a thread of its own, and the handles that live on it.
// Rule: handles are made, used and destroyed on the loop's thread only; everybody else posts.
#pragma once

#include <uv.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/status.h"

namespace v8py {

class Loop {
 public:
  static Result<std::unique_ptr<Loop>> Start();
  // Runs what is posted, waits until the last handle has gone, ends the thread.
  ~Loop();
  Loop(const Loop&) = delete;

  // Runs `task` on the loop's thread, in order of posting. Thread: any
  void Post(std::function<void()> task);
  uv_loop_t* get() { return &loop_; }

 private:
  Loop() = default;
  void RunPosted();

  uv_loop_t loop_;
  uv_async_t wakeup_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
  std::thread thread_;
};

// Runs tasks after the callback that this is in, unless it has been destroyed by then: what has to
// happen all the same, as an answer that somebody waits for, is its owner's to keep, not a task's.
class LaterTasks {
 public:
  explicit LaterTasks(Loop& loop) : loop_(loop) {}
  ~LaterTasks() { *alive_ = false; }
  LaterTasks(const LaterTasks&) = delete;

  void Post(std::function<void()> task);
  // Whether this is still there, for whoever may be called after its end.
  std::shared_ptr<const bool> alive() const { return alive_; }

 private:
  Loop& loop_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// Runs `work` on a thread of libuv's, and then `done` on the loop's. For what blocks: files. On the
// loop's thread.
void RunInBackground(Loop& loop, std::function<void()> work, std::function<void()> done);

// Calls a function once, later. Destroying it, or starting it again, forgets the earlier call.
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(const Timer&) = delete;

  void Start(uint64_t milliseconds, std::function<void()> action);
  void Stop();

 private:
  uv_timer_t* timer_;  // freed by the loop once closed
  std::function<void()> action_;
};

// Calls a function once when a descriptor becomes readable, or writable. Does not own the
// descriptor, which must stay open until this is destroyed.
class DescriptorWatch {
 public:
  enum class For { kReading, kWriting };
  DescriptorWatch(Loop& loop, int fd, For what, std::function<void()> action);
  ~DescriptorWatch();
  DescriptorWatch(const DescriptorWatch&) = delete;

 private:
  uv_poll_t* poll_;
  std::function<void()> action_;
};

// One end of a connected Unix stream socket.
class Stream {
 public:
  // Whether the peer may send descriptors. They are dropped by the kernel otherwise.
  enum class Descriptors { kRefuse, kAccept };
  struct Handler {
    std::function<void(std::string_view)> on_bytes;
    std::function<void()> on_end;  // the peer closed, or the connection broke
  };

  // Takes `fd` over. The handler is called until the stream is destroyed.
  Stream(Loop& loop, int fd, Descriptors descriptors, Handler handler);
  ~Stream();
  Stream(const Stream&) = delete;

  static constexpr size_t kMaxDescriptors = 200;  // in one message
  // What is pending is sent in order; errors show as on_end. `descriptors`, at most
  // kMaxDescriptors, go beside the first byte and are closed then. `sent` is called when the last
  // byte has gone, and never when it does not; it must not destroy this.
  void Write(std::string bytes, std::vector<int> descriptors = {},
             std::function<void()> sent = nullptr);
  // Bytes that the peer has not taken yet.
  size_t Unsent() const { return unsent_bytes_; }
  void PauseReading();
  void ResumeReading();
  // The next descriptor that came, the caller's from now on; -1: none. One that was sent with bytes
  // is there when on_bytes gets the first of them.
  int TakeDescriptor();
  // Gives the socket away: nothing is read or written any more, and this is to be destroyed.
  int Release();

 private:
  struct Piece {
    std::string bytes;
    std::vector<int> descriptors;
    std::function<void()> sent;
  };

  void Watch();
  void Read();
  void SendUnsent();
  ssize_t SendSome(Piece& first);

  uv_poll_t* poll_;  // freed by the loop once closed
  int fd_;
  const Descriptors descriptors_;
  Handler handler_;
  int watched_ = 0;
  bool reading_ = false;
  bool ended_ = false;
  std::deque<int> received_;
  std::deque<Piece> unsent_;
  size_t sent_of_first_ = 0;
  size_t unsent_bytes_ = 0;
  char buffer_[65536];
};

}  // namespace v8py
