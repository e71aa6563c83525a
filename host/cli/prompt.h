// --prompt: questions about permissions, asked on the terminal itself, wherever input and output of
// the program go.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "base/status.h"
#include "include/v8py.h"

namespace v8py {

class Prompt {
 public:
  // kCaller when this process has no terminal.
  static Result<std::unique_ptr<Prompt>> Open();
  // What is still open is refused.
  ~Prompt();
  Prompt(const Prompt&) = delete;

  // Thread: any
  void Add(v8py_question* question);

  // Of one thread: shows the next question, if it is its turn. False: there is none.
  bool Show();
  // Where its answer comes from.
  int fd() const { return terminal_; }
  void ReadAnswer();

 private:
  explicit Prompt(int terminal) : terminal_(terminal) {}
  v8py_question* Front();

  const int terminal_;
  bool shown_ = false;
  std::string line_;
  std::mutex mutex_;
  std::deque<v8py_question*> questions_;
};

// `text`, of which a program may have made parts, without anything that a terminal obeys.
std::string Harmless(std::string_view text);

}  // namespace v8py
