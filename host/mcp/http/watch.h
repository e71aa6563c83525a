// Notices that a client goes while its request waits: the library does not look at a connection
// that is suspended. Also the clock of those requests.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace v8py::mcp {

class HttpExchange;

class HttpWatch {
 public:
  HttpWatch();
  ~HttpWatch();
  HttpWatch(const HttpWatch&) = delete;

  // From Add() to Remove() the socket is watched. False: after End(). Thread: any
  bool Add(int socket, std::weak_ptr<HttpExchange> exchange);
  void Remove(int socket);
  // Abandons all that wait; none will wait again.
  void End();

  // Of bodies that have come, and of answers that have not gone yet, in bytes.
  std::atomic<size_t> held = 0;

 private:
  void Watch();
  std::vector<std::shared_ptr<HttpExchange>> All();

  const int poll_;
  const int end_;  // an eventfd
  std::mutex mutex_;
  std::map<int, std::weak_ptr<HttpExchange>> waiting_;  // by socket
  bool ended_ = false;
  std::thread thread_;  // last: uses the rest
};

}  // namespace v8py::mcp
