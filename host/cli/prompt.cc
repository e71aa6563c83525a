#include "cli/prompt.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "cli/output.h"

namespace v8py {

namespace {

// Attributes and the line that the program has left are not part of the question.
constexpr std::string_view kFreshLine = "\x1b[0m\r\x1b[K";

}  // namespace

std::string Harmless(std::string_view text) {
  std::string plain;
  for (unsigned char c : text) {
    if (c >= ' ' && c <= '~') {
      plain += static_cast<char>(c);
    } else {
      char escaped[5];
      snprintf(escaped, sizeof escaped, "\\x%02x", c);
      plain += escaped;
    }
  }
  return plain;
}

Result<std::unique_ptr<Prompt>> Prompt::Open() {
  int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (terminal < 0) {
    return Fail(
        CallerError("--prompt asks on the terminal, and there is none here; allow what "
                    "the program needs by --allow-…"));
  }
  return std::unique_ptr<Prompt>(new Prompt(terminal));
}

Prompt::~Prompt() {
  if (shown_) WriteAll(terminal_, "\n", 1);
  while (v8py_question* question = Front()) {
    questions_.pop_front();
    v8py_question_answer(question, 0);
  }
  close(terminal_);
}

void Prompt::Add(v8py_question* question) {
  std::lock_guard lock(mutex_);
  questions_.push_back(question);
}

v8py_question* Prompt::Front() {
  std::lock_guard lock(mutex_);
  return questions_.empty() ? nullptr : questions_.front();
}

bool Prompt::Show() {
  v8py_question* question = Front();
  if (!question || shown_) return question;
  std::string text(kFreshLine);
  text += "v8py: " + Harmless(v8py_question_text(question)) +
          "\nAllow that, until the program ends? [y/N] ";
  // What was typed before it could be read is no answer.
  tcflush(terminal_, TCIFLUSH);
  line_.clear();
  WriteAll(terminal_, text.data(), text.size());
  shown_ = true;
  return true;
}

void Prompt::ReadAnswer() {
  char buffer[256];
  ssize_t got = read(terminal_, buffer, sizeof buffer);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // A terminal that is gone says no.
  line_.append(buffer, got > 0 ? static_cast<size_t>(got) : 0);
  if (got > 0 && line_.find('\n') == std::string::npos) return;
  std::string word = line_.substr(0, line_.find('\n'));
  bool yes = word == "y" || word == "Y" || word == "yes";
  shown_ = false;
  v8py_question* question = Front();
  {
    std::lock_guard lock(mutex_);
    questions_.pop_front();
  }
  v8py_question_answer(question, yes ? 1 : 0);
}

}  // namespace v8py
