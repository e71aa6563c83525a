#include "unit/supervisor/small_server.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace v8py {

std::string Respond(const std::string& body, const std::string& status,
                    const std::string& headers) {
  return "HTTP/1.1 " + status + "\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool SmallServer::Connection::Fill() {
  char buffer[65536];
  ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  buffer_.append(buffer, static_cast<size_t>(got));
  std::lock_guard lock(server_.mutex_);
  server_.received_.append(buffer, static_cast<size_t>(got));
  return true;
}

std::string SmallServer::Connection::ReadHead() {
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return "";
  }
  std::string head = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  return head;
}

std::string SmallServer::Connection::ReadBody(const std::string& head) {
  std::string body;
  auto line = [this] {
    size_t end;
    while ((end = buffer_.find("\r\n")) == std::string::npos && Fill()) {
    }
    std::string text = buffer_.substr(0, end);
    buffer_.erase(0, end == std::string::npos ? end : end + 2);
    return text;
  };
  auto take = [&](size_t size) {
    while (buffer_.size() < size && Fill()) {
    }
    body += buffer_.substr(0, size);
    buffer_.erase(0, size);
  };
  if (head.find("Transfer-Encoding: chunked") != std::string::npos) {
    while (size_t size = strtoul(line().c_str(), nullptr, 16)) take(size), line();
    line();
    return body;
  }
  size_t at = head.find("Content-Length: ");
  if (at != std::string::npos) take(strtoul(head.c_str() + at + 16, nullptr, 10));
  return body;
}

bool SmallServer::Connection::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void SmallServer::Connection::EndByReset() {
  linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void SmallServer::Connection::WaitForEnd() {
  while (Fill()) {
  }
}

SmallServer::SmallServer(std::function<void(Connection&)> serve)
    : serve_(std::move(serve)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(bind(listener_.get(), any, size) == 0);
  REQUIRE(listen(listener_.get(), 200) == 0);
  REQUIRE(getsockname(listener_.get(), any, &size) == 0);
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { Accept(); });
}

void SmallServer::Accept() {
  for (;;) {
    int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    std::lock_guard lock(mutex_);
    open_.push_back(fd);
    if (ended_) shutdown(fd, SHUT_RDWR);
    serving_.emplace_back([this, fd] {
      Connection connection(*this, fd);
      serve_(connection);
      std::lock_guard done(mutex_);
      std::erase(open_, fd);
      close(fd);
    });
  }
}

SmallServer::~SmallServer() {
  shutdown(listener_.get(), SHUT_RDWR);
  accepting_.join();
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    for (int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : serving_) thread.join();
}

std::string SmallServer::received() {
  std::lock_guard lock(mutex_);
  return received_;
}

std::function<void(SmallServer::Connection&)> SmallServer::Answering(
    std::function<std::string(const std::string&, const std::string&)> answer) {
  return [answer = std::move(answer)](Connection& connection) {
    for (std::string head; !(head = connection.ReadHead()).empty();) {
      connection.ReadBody(head);
      size_t from = head.find(' ') + 1;
      std::string target = head.substr(from, head.find(' ', from) - from);
      if (!connection.Write(answer(target, head))) return;
    }
  };
}

}  // namespace v8py
