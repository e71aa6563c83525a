// A server on 127.0.0.1 that says exactly what a test wants, and records what it was told: an HTTP
// client's opposite, and whoever else listens.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "os/descriptor.h"

namespace v8py {

class SmallServer {
 public:
  class Connection {
   public:
    Connection(SmallServer& server, int fd) : server_(server), fd_(fd) {}
    // The head of the next request, with its empty line; "" when the peer has gone.
    std::string ReadHead();
    // What a head says of its body, or what a chunked one has.
    std::string ReadBody(const std::string& head);
    // False when the peer takes no more.
    bool Write(std::string_view bytes);
    // Until the peer closes, or the server ends.
    void WaitForEnd();
    // The peer learns of the end by a reset.
    void EndByReset();

   private:
    bool Fill();

    SmallServer& server_;
    int fd_;
    std::string buffer_;
  };

  // `serve` is called for each connection, on a thread of its own.
  explicit SmallServer(std::function<void(Connection&)> serve);
  ~SmallServer();
  SmallServer(const SmallServer&) = delete;

  // One answer for each request, by its target: "/path". The body has been read.
  static std::function<void(Connection&)> Answering(
      std::function<std::string(const std::string& target, const std::string& head)> answer);

  uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int connections() const { return connections_; }
  // All that was received, of all connections.
  std::string received();

 private:
  void Accept();

  const std::function<void(Connection&)> serve_;
  Descriptor listener_;
  uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::string received_;
  std::vector<int> open_;
  std::list<std::thread> serving_;
  bool ended_ = false;
  std::thread accepting_;
};

// A response with this body.
std::string Respond(const std::string& body, const std::string& status = "200 OK",
                    const std::string& headers = "");

}  // namespace v8py
