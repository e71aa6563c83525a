#include "cli/console.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace v8py {

namespace {

sigset_t ServedSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void Console::TakeSignals() {
  sigset_t set = ServedSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

void Console::FillStandardDescriptors() {
  for (int fd = 0; fd < 3; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is `fd`, because those below are open.
    if (open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) < 0) return;
  }
}

Console::Console(v8py_run* run) : run_(run) {
  sigset_t set = ServedSignals();
  signal_fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread([this] { Serve(); });
}

Console::~Console() {
  stopping_ = true;
  Wake();
  thread_.join();
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

void Console::Serve() {
  while (!stopping_) {
    pollfd fds[] = {{signal_fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    // Standard input is touched only for a program that reads: what it leaves is the next one's.
    if (poll(fds, wanted_ ? 3 : 2, -1) < 0) continue;
    if (fds[0].revents) OnSignal();
    if (fds[1].revents) {
      uint64_t wakes = 0;
      ssize_t got = read(wake_fd_, &wakes, sizeof wakes);
      static_cast<void>(got);
    }
    if (wanted_ && fds[2].revents) ReadInput();
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
  if (signal_ != 0) return v8py_run_kill(run_);
  signal_ = static_cast<int>(info.ssi_signo);
  v8py_run_cancel(run_);
}

int WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    ssize_t written = write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      poll(&ready, 1, -1);
      continue;
    }
    if (written < 0) return errno;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return 0;
}

}  // namespace v8py
