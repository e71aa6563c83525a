// A connection of a program's to a server of WebSockets (RFC 6455). The way there is an Exchange's:
// checked, counted, through the proxies of the machine; the frames are wslay's.
//
// Calls, `n` a number of the program's own:
//   ws.open  [n, URL, [protocol, …]]  → the protocol that the server has chosen, or ""
//   ws.send  [n, text?, more?] + data  answered when there is room for more. more: the rest of the
//            message comes by further calls
//   ws.read  [n]  → ["text" | "binary"] + data; or at last ["close", code, reason, clean?]. Waits
//   ws.close [n, code, reason]   begins the closing handshake; code 0: none is said
//   ws.drop  [n]                 forgets it; calls that wait are answered ECANCELED
// Rule: on the loop's thread.
#pragma once

#include <wslay/wslay.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/network/exchange.h"

namespace v8py {

// What the client says first, and has to be answered.
struct Handshake {
  std::string key;
  std::vector<std::string> protocols;

  // With a key of its own; kCaller for protocols that are none.
  static Result<Handshake> Make(std::vector<std::string> protocols);
  // The request for it. `url`: ws:// or wss://.
  HttpRequest RequestTo(const std::string& url) const;
  // `head`: as net.open gives it. The protocol that the server has chosen; why it is no WebSocket.
  Result<std::string> Check(const Json& head) const;
};

class WebSocket {
 public:
  // Bytes of the longest message, either way.
  static constexpr size_t kMaxMessage = size_t{32} << 20;

  WebSocket(Loop& loop, Handshake handshake, std::unique_ptr<Exchange> exchange);
  ~WebSocket();
  WebSocket(const WebSocket&) = delete;

  // Once, before the others.
  void Open(AnswerTo answer);
  void Send(std::string_view data, bool text, bool more, AnswerTo answer);
  void Read(AnswerTo answer);
  void Close(uint16_t code, std::string_view reason);

 private:
  // What waits here at most before the other side has to.
  static constexpr size_t kMaxWaiting = size_t{1} << 20;
  enum class State { kOpening, kOpen, kClosed };
  struct Message {
    std::string kind, data;
  };

  void OnHead(Answer head, const AnswerTo& answer);
  void Receive();
  void OnPart(Answer part);
  void OnMessage(const wslay_event_on_msg_recv_arg& message);
  // Gives the exchange what is to be sent, a part after another.
  void Pump();
  void Tell();
  // The end. `code`: 1006 when nobody has said one.
  void End(uint16_t code, std::string reason, bool clean);

  static ssize_t TakeBytes(wslay_event_context_ptr, uint8_t* buffer, size_t size, int, void* self);
  static ssize_t GiveBytes(wslay_event_context_ptr context, const uint8_t* bytes, size_t size, int,
                           void* self);

  const Handshake handshake_;
  State state_ = State::kOpening;
  std::unique_ptr<wslay_event_context, decltype(&wslay_event_context_free)> frames_;
  std::string incoming_, outgoing_;  // bytes between wslay and the exchange
  size_t taken_ = 0;                 // of incoming_
  bool receiving_ = false, sending_ = false;
  std::string draft_;  // of a message that comes in parts
  std::deque<Message> messages_;
  size_t messages_bytes_ = 0;
  uint16_t code_ = 0;
  std::string reason_;
  bool clean_ = false;
  AnswerTo on_read_, on_sent_;
  Timer closing_;  // how long the server may take for its part
  LaterTasks later_;
  std::unique_ptr<Exchange> exchange_;  // the first to go: it answers its calls
};

}  // namespace v8py
