#include "cli/console.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/thread.h"

namespace v8py {

namespace {

// The supervisor has ended a cancelled program well before.
constexpr int kPatienceMs = 2000;

sigset_t ServedSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

void Console::HoldSignals() {
  sigset_t set = ServedSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Result<std::unique_ptr<Console>> Console::Start(v8py_run* run, std::unique_ptr<Prompt> prompt) {
  std::unique_ptr<Console> console(new Console(run, std::move(prompt)));
  sigset_t set = ServedSignals();
  console->signal_fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  console->wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (console->signal_fd_ < 0 || console->wake_fd_ < 0) {
    return Fail(ErrnoError("waiting for signals", errno));
  }
  Result<std::thread> thread = StartThread([raw = console.get()] { raw->Serve(); });
  if (!thread) return Fail(thread.error());
  console->thread_ = std::move(*thread);
  return console;
}

Console::~Console() {
  stopping_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
  close(signal_fd_);
  close(wake_fd_);
}

void Console::Wake() {
  uint64_t one = 1;
  // Fails only when it is full of wakes already.
  ssize_t written = write(wake_fd_, &one, sizeof one);
  static_cast<void>(written);
}

void Console::WantInput() {
  wanted_ = true;
  Wake();
}

void Console::Ask(v8py_question* question) {
  prompt_->Add(question);
  Wake();
}

void Console::Serve() {
  while (!stopping_) {
    bool asking = prompt_ && prompt_->Show();
    int input = asking ? prompt_->fd() : STDIN_FILENO;
    pollfd fds[] = {{signal_fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}, {input, POLLIN, 0}};
    // Standard input is touched only for a program that reads: what it leaves is the next one's.
    int ready = poll(fds, asking || wanted_ ? 3 : 2, signal_ ? kPatienceMs : -1);
    if (ready == 0) _exit(128 + signal_);
    if (ready < 0) continue;
    if (fds[0].revents) OnSignal();
    if (fds[1].revents) {
      uint64_t wakes = 0;
      ssize_t got = read(wake_fd_, &wakes, sizeof wakes);
      static_cast<void>(got);
    }
    if (fds[2].revents == 0) continue;
    if (asking) {
      prompt_->ReadAnswer();
    } else if (wanted_) {
      ReadInput();
    }
  }
}

void Console::ReadInput() {
  char buffer[65536];
  ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  wanted_ = false;
  if (got > 0) {
    v8py_run_write_input(run_, buffer, static_cast<size_t>(got));
  } else {
    v8py_run_end_input(run_);
  }
}

void Console::OnSignal() {
  signalfd_siginfo info{};
  if (read(signal_fd_, &info, sizeof info) != sizeof info) return;
  if (signal_ != 0) _exit(128 + signal_);
  signal_ = static_cast<int>(info.ssi_signo);
  v8py_run_cancel(run_);
}

EndsBySignal::EndsBySignal() {
  sigset_t set = ServedSignals();
  signal_fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  stop_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (signal_fd_ < 0 || stop_fd_ < 0) return;  // the program will hear of it
  Result<std::thread> thread = StartThread([this] { Serve(); });
  if (thread) thread_ = std::move(*thread);
}

EndsBySignal::~EndsBySignal() {
  uint64_t one = 1;
  ssize_t written = write(stop_fd_, &one, sizeof one);
  static_cast<void>(written);
  if (thread_.joinable()) thread_.join();
  close(signal_fd_);
  close(stop_fd_);
}

void EndsBySignal::Serve() const {
  pollfd fds[] = {{signal_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
  while (poll(fds, 2, -1) < 0) continue;
  signalfd_siginfo info{};
  bool came = fds[0].revents && read(signal_fd_, &info, sizeof info) == sizeof info;
  // What was being fetched is in a draft, and no part of the cache.
  if (came) _exit(128 + static_cast<int>(info.ssi_signo));
}

}  // namespace v8py
