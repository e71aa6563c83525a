// The worker's socket to the supervisor. A thread of its own reads it, so that input, an interrupt
// and the supervisor's end are noticed while Python runs. The thread is also the watchdog: what
// does not stop when asked is terminated.
// Rule: after Listen() the main thread only writes, the reader thread only reads.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "base/frame.h"
#include "base/message.h"
#include "bindings/host.h"

namespace v8py {

class Channel : public Host {
 public:
  // `socket` stays open for the life of the process.
  explicit Channel(int socket) : socket_(socket), frames_(kMaxFrameToWorker) {}

  // What the reader thread does with an interrupt: `ask` at once, `force` when the program has not
  // ended kForceAfter later, and again every kForceAgain.
  struct Stop {
    std::function<void(InterruptMessage::Reason)> ask;
    std::function<void()> force;
  };

  // Blocks for what the supervisor says, before Listen(). kWorld when it is gone or speaks
  // nonsense.
  Result<ToWorker> Wait();
  // Goes on with another socket, which takes the number of the one before. For a forked process.
  void MoveTo(int socket);
  // Reads and writes once what will be read and written while somebody waits, to nobody: in a
  // forked process each page has to be copied that is written to for the first time. Before
  // Listen().
  void Rehearse();
  // Makes the reader thread, which costs more time than there is once a program has come. Ends the
  // process, and says why, when the system has no thread to give.
  void Start(Stop stop);
  // Lets it read: input and interrupts of the program that runs now. When the supervisor is gone it
  // ends the process.
  void Listen();
  // Sends a message, and descriptors beside it; blocks while the supervisor does not read. Ends the
  // process when it is gone.
  void Send(const FromWorker& message, std::span<const int> descriptors = {});

  void Write(int stream, std::string_view bytes) override;
  long Read(char* data, size_t size) override;

 private:
  void ReadLoop();
  void WatchLoop(InterruptMessage::Reason reason);

  const int socket_;
  FrameReader frames_;
  Stop stop_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool listening_ = false;
  std::deque<char> input_;
  bool input_ended_ = false;
  bool interrupted_ = false;
};

}  // namespace v8py
