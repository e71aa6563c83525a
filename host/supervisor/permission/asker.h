// Rights that somebody gives while a program runs: what no rule decides is asked, each thing once,
// and holds until the program ends.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "supervisor/permission/decision.h"

namespace v8py {

// Shared by the program and the questions that somebody has.
class Asker : public std::enable_shared_from_this<Asker> {
 public:
  struct Question {
    std::string flag;                          // that would allow it: "--allow-net=example.com:443"
    std::string text;                          // for a person
    std::function<void(bool allowed)> answer;  // Thread: any
  };
  using Ask = std::function<void(Question)>;

  // A program begins; `ask` may be called on any thread. Thread: any
  void Begin(Ask ask);
  // It has ended: nobody is told of answers that were still to come. Thread: any
  void End();
  // The decision, or what somebody has answered about it. Thread: any
  Decision Settle(Decision decision) const;
  // Whether it is worth asking: nothing has decided it so far. Thread: any
  bool IsOpen(const Decision& decision) const;
  // Asks; `then` is called once it is answered, here or on another thread, and asks nothing itself.
  // Thread: any
  void Want(const Decision& decision, std::function<void()> then);

 private:
  struct Answer {
    enum class State { kAsked, kAllowed, kRefused } state = State::kAsked;
    std::vector<std::function<void()>> waiting;
  };
  void OnAnswer(uint64_t program, const std::string& flag, bool allowed);

  mutable std::mutex mutex_;
  Ask ask_;
  uint64_t program_ = 0;
  std::map<std::string, Answer> answers_;  // by the flag
};

}  // namespace v8py
