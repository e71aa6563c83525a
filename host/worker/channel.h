// The worker's socket to the supervisor. While Python runs, a thread of its own reads it, so that
// input, an interrupt and the supervisor's end are noticed. The thread is also the watchdog: what
// does not stop when asked is terminated.
// Rule: the main thread alone writes. It also reads while no program runs, and while it waits for
// the answer to a call: to be woken by another thread costs what a short program does.
// An interrupt and input are for the program whose RunMessage came before them, and for no later
// one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
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

  // What the watchdog does with an interrupt: `ask` at once; `force` when the program had its time
  // and has not ended (more time, if it has `taken` what it was asked), and again every
  // kForceAgain.
  struct Stop {
    std::function<void(InterruptMessage::Reason)> ask;
    std::function<bool()> taken;
    std::function<void()> force;
    // The answer to a Post() has come.
    std::function<void()> on_reply;
  };

  // Blocks for what the supervisor says, before Start(). kWorld when it is gone or speaks nonsense.
  Result<ToWorker> Wait();
  // Goes on with another socket, which takes the number of the one before. For a forked process.
  void MoveTo(int socket);
  // Reads and writes once what will be read and written while somebody waits, to nobody: in a
  // forked process each page has to be copied that is written to for the first time. Before
  // Start().
  void Rehearse();
  // Makes the watchdog's thread; ends the process, and says why, when the system has none to give.
  // `program`: one that Wait() gave.
  void Start(Stop stop, std::optional<RunMessage> program);
  // Blocks for the next program, after Start(). When the supervisor is gone, the process ends, now
  // and later.
  RunMessage WaitForProgram();
  // That program has ended: from now on `Stop` is not called, until the next one is here.
  void EndProgram();
  // Sends a message, and descriptors beside it; blocks while the supervisor does not read. Ends the
  // process when it is gone.
  void Send(const FromWorker& message, std::span<const int> descriptors = {});

  void Write(int stream, std::string_view bytes) override;
  long Read(char* data, size_t size) override;
  std::optional<Reply> Call(std::string_view name, std::string_view json,
                            std::string_view data) override;
  uint64_t Post(std::string_view name, std::string_view json, std::string_view data) override;
  std::optional<Reply> NextReply() override;
  long Receive(int socket, char* data, size_t size, uint64_t patience_ms) override;

 private:
  using Clock = std::chrono::steady_clock;

  void SendFrame(std::string_view frame, std::span<const int> descriptors);
  // Gives the reply instead when it cannot be sent as it is.
  std::optional<Reply> SendCall(uint64_t id, std::string_view name, std::string_view json,
                                std::string_view data);

  // The next message of what has been read; nothing when it is not complete.
  Result<std::optional<ToWorker>> NextMessage();
  // Reads what is there; waits for something unless `flags` (of recv()) say otherwise.
  Status ReadBytes(int flags);
  // Blocks until there may be something to read, here or from `other`, or until then.
  void PollSocket(std::optional<Clock::time_point> until, int other = -1);
  // The watchdog's thread.
  void Watch();

  // With mutex_ held:
  void TakeWhatIsThere();
  void OnProgram(RunMessage program);
  void OnInterrupt(InterruptMessage::Reason reason);
  void OnReply(ReplyMessage message);
  // Whether the program is asked to stop and has not noticed. What it calls once it has, to clean
  // up, waits as ever.
  bool InterruptPending() const;
  // The next descriptors that came.
  std::vector<int> TakeReceived(size_t count);
  void Force();

  const int socket_;
  Stop stop_;

  // Before Start() there is one thread. Also held while `stop_` is called: EndProgram() waits for
  // that.
  std::mutex mutex_;
  std::condition_variable changed_;
  FrameReader frames_;
  char bytes_[65536];                  // being read
  std::optional<RunMessage> program_;  // that the main thread has not taken yet
  bool running_ = false;               // from a program's arrival to its end
  bool interrupted_ = false;           // the program that is running
  std::optional<Clock::time_point> force_at_;
  Clock::time_point asked_at_;
  double cpu_when_asked_ = 0;
  std::deque<char> input_;
  bool input_ended_ = false;
  std::deque<int> received_;     // descriptors that no reply has taken yet
  bool main_waits_ = false;      // for `awaited_`, and reads the socket itself
  uint64_t awaited_ = 0;         // the call that the main thread waits for; 0: none
  std::optional<Reply> answer_;  // to it
  std::set<uint64_t> posted_;    // without an answer yet
  std::deque<Reply> answers_;    // to those, which nobody has asked for yet
  uint64_t last_call_ = 0;
};

}  // namespace v8py
