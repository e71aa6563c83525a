#include "mcp/http/watch.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "mcp/http/exchange.h"

namespace v8py::mcp {

namespace {

constexpr int kTickMs = 250;

}  // namespace

HttpWatch::HttpWatch()
    : poll_(epoll_create1(EPOLL_CLOEXEC)),
      end_(eventfd(0, EFD_CLOEXEC)),
      thread_([this] { Watch(); }) {}

HttpWatch::~HttpWatch() {
  eventfd_write(end_, 1);
  thread_.join();
  close(end_);
  close(poll_);
}

bool HttpWatch::Add(int socket, std::weak_ptr<HttpExchange> exchange) {
  std::lock_guard lock(mutex_);
  if (ended_) return false;
  waiting_[socket] = std::move(exchange);
  // Level-triggered, so that one who has gone already is noticed as well.
  epoll_event event{EPOLLRDHUP, {.fd = socket}};
  epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &event);
  return true;
}

void HttpWatch::Remove(int socket) {
  std::lock_guard lock(mutex_);
  waiting_.erase(socket);
  epoll_ctl(poll_, EPOLL_CTL_DEL, socket, nullptr);
}

std::vector<std::shared_ptr<HttpExchange>> HttpWatch::All() {
  std::vector<std::shared_ptr<HttpExchange>> all;
  std::lock_guard lock(mutex_);
  for (const auto& [socket, exchange] : waiting_) {
    if (auto here = exchange.lock()) all.push_back(std::move(here));
  }
  return all;
}

void HttpWatch::End() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  for (const auto& exchange : All()) exchange->Abandon();
}

void HttpWatch::Watch() {
  epoll_event ending{EPOLLIN, {.fd = end_}};
  epoll_ctl(poll_, EPOLL_CTL_ADD, end_, &ending);
  for (;;) {
    epoll_event events[64];
    int count = epoll_wait(poll_, events, 64, kTickMs);
    std::vector<std::shared_ptr<HttpExchange>> gone;
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == end_) return;
      std::lock_guard lock(mutex_);
      auto found = waiting_.find(events[i].data.fd);
      if (found == waiting_.end()) continue;
      if (auto exchange = found->second.lock()) gone.push_back(std::move(exchange));
    }
    for (const auto& exchange : gone) exchange->Abandon();
    for (const auto& exchange : All()) exchange->Tick(HttpExchange::Clock::now());
  }
}

}  // namespace v8py::mcp
