// The network as a program's calls ask for it. Exchanges are named by numbers of the program's own.
// The calls of WebSockets are in websocket.h.
//
//   net.open  [n, method, URL, [[name, value], …], "follow"|"manual"|"error", more?, size,
//              patience] + body
//             → [status, status text, URL, redirected?, [[name, value], …]]
//             more: the rest of the body comes by net.send; answered at once, without a result.
//             size: of the whole body; -1: not known. patience: milliseconds in which something has
//             to come while a call waits; 0: any
//   net.send  [n, last?] + body        answered when there is room for more
//   net.head  [n, patience]  → as of net.open    after a net.open with more; patience: as there,
//             and may be left out when it is the same
//   net.read  [n]  → last?, + bytes    waits for some
//   net.body  [n]  → a descriptor: a socket from which the rest is read; net.read says then how it
//             ended
//   net.close [n]                      forgets the exchange; calls that wait are answered ECANCELED
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "supervisor/access.h"
#include "supervisor/network/exchange.h"
#include "supervisor/network/websocket.h"

namespace v8py {

class NetworkService {
 public:
  struct Limits {
    uint64_t bytes = 0;
    uint64_t requests = 0;
  };

  // For one program. `access` may be null.
  NetworkService(Loop& loop, std::shared_ptr<const Access> access, uint64_t run, Limits limits);
  ~NetworkService();
  // Begins to load what the first request will need, which takes longer than the request.
  static void Prepare(Loop& loop);

  void Handle(std::string_view name, const Json& arguments, std::string data, AnswerTo answer);

 private:
  void Open(uint64_t number, const Json& arguments, std::string data, AnswerTo answer);
  // Null when it has answered why there is none.
  std::unique_ptr<Exchange> NewExchange(HttpRequest request, const AnswerTo& answer,
                                        std::function<void()> on_idle);
  void HandleSocket(std::string_view name, uint64_t number, const Json& arguments,
                    std::string_view data, AnswerTo answer);
  void OpenSocket(uint64_t number, const Json& arguments, AnswerTo answer);
  void StartWaiting();
  void Close(uint64_t number);

  Loop& loop_;
  const std::shared_ptr<const Access> access_;  // shared with the program
  Exchange::Budget budget_;
  uint64_t requests_left_;
  std::unique_ptr<CurlLoop> curl_loop_;
  std::map<uint64_t, std::unique_ptr<Exchange>> exchanges_;
  std::map<uint64_t, std::unique_ptr<WebSocket>> sockets_;
  size_t active_ = 0;
  // To be started when others have ended, and what they hold.
  std::deque<std::pair<uint64_t, size_t>> waiting_;
  size_t waiting_bytes_ = 0;
};

}  // namespace v8py
