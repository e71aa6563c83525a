#include "supervisor/network/websocket.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/base64.h"
#include "supervisor/packages/sha256.h"

namespace v8py {

namespace {

constexpr uint64_t kOpenMs = 30'000, kCloseMs = 5'000;
constexpr uint16_t kNoCode = 1005, kLost = 1006;
// RFC 6455, 1.3.
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr size_t kPart = size_t{256} << 10;  // at once for the exchange
constexpr size_t kOfMessage = 64;            // what a message takes beside its bytes

int FillMask(wslay_event_context_ptr, uint8_t* buffer, size_t size, void*) {
  return getrandom(buffer, size, 0) == static_cast<ssize_t>(size) ? 0 : -1;
}

// As of an HTTP header's list.
bool HasWord(std::string_view list, std::string_view word) {
  std::string lower = LowerCase(list);
  for (size_t at = 0; (at = lower.find(word, at)) != std::string::npos; at += word.size()) {
    size_t end = at + word.size();
    bool begins = at == 0 || strchr(" ,\t", lower[at - 1]);
    if (begins && (end == lower.size() || strchr(" ,\t", lower[end]))) return true;
  }
  return false;
}

}  // namespace

Result<Handshake> Handshake::Make(std::vector<std::string> protocols) {
  char random[16];
  if (getrandom(random, sizeof random, 0) != sizeof random) {
    return Fail(WorldError("no randomness"));
  }
  for (const std::string& protocol : protocols) {
    if (!IsToken(protocol) || protocol.size() > 100 || protocols.size() > 100) {
      return Fail(CallerError("'" + protocol.substr(0, 100) + "' is no name of a protocol"));
    }
  }
  return Handshake{Base64({random, sizeof random}), std::move(protocols)};
}

HttpRequest Handshake::RequestTo(const std::string& url) const {
  HttpRequest request;
  request.method = "GET";
  // ws: is http:, wss: https:.
  request.url = "http" + url.substr(2);
  request.headers = {{"Upgrade", "websocket"},
                     {"Connection", "Upgrade"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Key", key}};
  std::string list;
  for (const std::string& protocol : protocols) list += (list.empty() ? "" : ", ") + protocol;
  if (!list.empty()) request.headers.emplace_back("Sec-WebSocket-Protocol", list);
  request.redirect = HttpRequest::Redirect::kManual;
  request.more = true;
  request.upgrade = true;
  request.patience_ms = kOpenMs;
  return request;
}

Result<std::string> Handshake::Check(const Json& head) const {
  auto refuse = [](const std::string& why) {
    return Fail(Status(Code::kGuest, "the server opens no WebSocket: " + why));
  };
  if (head[0] != 101) return refuse("it answers with status " + head[0].dump());
  std::string upgrade, connection, accept, protocol;
  for (const Json& header : head[4]) {
    const auto& name = header[0].get_ref<const std::string&>();
    auto value = header[1].get<std::string>();
    if (name == "upgrade") upgrade = value;
    if (name == "connection") connection += "," + value;
    if (name == "sec-websocket-accept") accept = value;
    if (name == "sec-websocket-protocol") protocol += value;
    if (name == "sec-websocket-extensions") return refuse("it uses extensions nobody asked for");
  }
  if (LowerCase(upgrade) != "websocket" || !HasWord(connection, "upgrade")) {
    return refuse("it switches to another protocol");
  }
  Result<std::string> digest = Sha1(key + std::string(kGuid));
  if (!digest) return Fail(digest.error());
  if (accept != Base64(*digest)) return refuse("its answer is to another question");
  bool offered = std::find(protocols.begin(), protocols.end(), protocol) != protocols.end();
  if (!protocol.empty() && !offered) return refuse("it chooses a protocol that was not offered");
  return protocol;
}

WebSocket::WebSocket(Loop& loop, Handshake handshake, std::unique_ptr<Exchange> exchange)
    : handshake_(std::move(handshake)),
      frames_(nullptr, wslay_event_context_free),
      closing_(loop),
      later_(loop),
      exchange_(std::move(exchange)) {
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = TakeBytes;
  callbacks.send_callback = GiveBytes;
  callbacks.genmask_callback = FillMask;
  callbacks.on_msg_recv_callback = [](wslay_event_context_ptr,
                                      const wslay_event_on_msg_recv_arg* message, void* self) {
    static_cast<WebSocket*>(self)->OnMessage(*message);
  };
  wslay_event_context_ptr context = nullptr;
  if (wslay_event_context_client_init(&context, &callbacks, this) != 0) return;
  wslay_event_config_set_max_recv_msg_length(context, kMaxMessage);
  frames_.reset(context);
}

WebSocket::~WebSocket() {
  state_ = State::kClosed;
  exchange_.reset();
  for (AnswerTo* waiting : {&on_read_, &on_sent_}) {
    if (*waiting) std::exchange(*waiting, nullptr)(RefuseErrno(ECANCELED));
  }
}

void WebSocket::Open(AnswerTo answer) {
  if (!frames_) return answer(RefuseErrno(ENOMEM));
  exchange_->Start();
  exchange_->Head(kOpenMs, [this, answer = std::move(answer)](Answer head) {
    OnHead(std::move(head), answer);
  });
}

void WebSocket::OnHead(Answer head, const AnswerTo& answer) {
  if (state_ != State::kOpening) return answer(Refuse("ECANCELED", reason_));
  Result<std::string> protocol = "";
  if (head.error.empty()) protocol = handshake_.Check(head.result);
  if (!head.error.empty() || !protocol) {
    std::string why = head.error.empty() ? protocol.error().message() : head.text;
    answer(head.error.empty() ? Refuse("EPROTO", why) : std::move(head));
    return later_.Post([this, why] { End(kLost, why, false); });
  }
  state_ = State::kOpen;
  // A quiet connection is none that is lost.
  exchange_->Head(0, [](const Answer&) {});
  answer(Done(*protocol));
  later_.Post([this] { Receive(), Pump(); });
}

void WebSocket::Receive() {
  if (state_ != State::kOpen || receiving_ || messages_bytes_ >= kMaxWaiting) return;
  receiving_ = true;
  exchange_->Read([this](Answer part) {
    receiving_ = false;
    // Not inside of the exchange, which an end destroys.
    if (state_ != State::kOpen) return;
    auto kept = std::make_shared<Answer>(std::move(part));
    later_.Post([this, kept] { OnPart(std::move(*kept)); });
  });
}

void WebSocket::OnPart(Answer part) {
  if (state_ != State::kOpen) return;
  if (!part.error.empty()) return End(kLost, part.text, false);
  bool last = part.result == true;
  incoming_ = std::move(part.data);
  taken_ = 0;
  // Reads all of it, unless somebody has broken the rules.
  if (wslay_event_recv(frames_.get()) != 0) {
    return End(kLost, "the server breaks the protocol", false);
  }
  Pump();
  if (state_ != State::kOpen) return;
  if (last) return End(kLost, "the connection was closed", false);
  Receive();
}

ssize_t WebSocket::TakeBytes(wslay_event_context_ptr context, uint8_t* buffer, size_t size, int,
                             void* user) {
  auto* self = static_cast<WebSocket*>(user);
  size_t part = std::min(size, self->incoming_.size() - self->taken_);
  if (part == 0) {
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  memcpy(buffer, self->incoming_.data() + self->taken_, part);
  self->taken_ += part;
  return static_cast<ssize_t>(part);
}

ssize_t WebSocket::GiveBytes(wslay_event_context_ptr context, const uint8_t* bytes, size_t size,
                             int, void* user) {
  auto* self = static_cast<WebSocket*>(user);
  if (self->outgoing_.size() >= kPart) {
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  size_t part = std::min(size, kPart - self->outgoing_.size());
  self->outgoing_.append(reinterpret_cast<const char*>(bytes), part);
  return static_cast<ssize_t>(part);
}

void WebSocket::OnMessage(const wslay_event_on_msg_recv_arg& message) {
  std::string data(reinterpret_cast<const char*>(message.msg), message.msg_length);
  if (message.opcode == WSLAY_CONNECTION_CLOSE) {
    code_ = message.status_code == 0 ? kNoCode : message.status_code;
    if (data.size() > 2) reason_ = data.substr(2);
  } else if (message.opcode == WSLAY_TEXT_FRAME || message.opcode == WSLAY_BINARY_FRAME) {
    messages_bytes_ += data.size() + kOfMessage;
    messages_.push_back({message.opcode == WSLAY_TEXT_FRAME ? "text" : "binary", std::move(data)});
    Tell();
  }
}

void WebSocket::Pump() {
  if (state_ != State::kOpen) return;
  if (!sending_ && wslay_event_send(frames_.get()) != 0) {
    return End(kLost, "out of memory", false);
  }
  if (!sending_ && !outgoing_.empty()) {
    sending_ = true;
    exchange_->Send(std::exchange(outgoing_, ""), false, [this](const Answer& sent) {
      sending_ = false;
      // Not inside of the exchange, which an end destroys.
      later_.Post([this, failed = !sent.error.empty(), why = sent.text] {
        failed ? End(kLost, why, false) : Pump();
      });
    });
  }
  size_t backlog = wslay_event_get_queued_msg_length(frames_.get()) + outgoing_.size();
  if (on_sent_ && backlog < kMaxWaiting) std::exchange(on_sent_, nullptr)(Done());
  bool sent = wslay_event_get_close_sent(frames_.get()) && !sending_;
  bool received = wslay_event_get_close_received(frames_.get());
  if (sent && received) return End(code_, reason_, true);
  // It has broken the rules, and is told so; what it says to that is of no interest.
  if (sent && !wslay_event_get_read_enabled(frames_.get()) && code_ == 0) {
    End(wslay_event_get_status_code_sent(frames_.get()), "the server breaks the protocol", false);
  }
}

void WebSocket::Tell() {
  if (!on_read_) return;
  if (!messages_.empty()) {
    Message message = std::move(messages_.front());
    messages_.pop_front();
    messages_bytes_ -= message.data.size() + kOfMessage;
    Answer answer = Done({message.kind});
    answer.data = std::move(message.data);
    std::exchange(on_read_, nullptr)(std::move(answer));
    later_.Post([this] { Receive(); });
  } else if (state_ == State::kClosed) {
    std::exchange(on_read_, nullptr)(Done({"close", code_, reason_, clean_}));
  }
}

void WebSocket::Read(AnswerTo answer) {
  if (on_read_ || state_ == State::kOpening) return answer(RefuseErrno(EINVAL));
  on_read_ = std::move(answer);
  Tell();
}

void WebSocket::Send(std::string_view data, bool text, bool more, AnswerTo answer) {
  if (on_sent_ || state_ == State::kOpening) return answer(RefuseErrno(EINVAL));
  bool closing = state_ == State::kClosed || wslay_event_get_close_sent(frames_.get());
  if (closing) return answer(RefuseErrno(EPIPE));
  if (data.size() > kMaxMessage - draft_.size()) {
    draft_.clear();
    return answer(Refuse("EMSGSIZE", "a message of more than 32 MiB"));
  }
  draft_ += data;
  if (more) return answer(Done());
  wslay_event_msg message{static_cast<uint8_t>(text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME),
                          reinterpret_cast<const uint8_t*>(draft_.data()), draft_.size()};
  int problem = wslay_event_queue_msg(frames_.get(), &message);
  draft_.clear();
  if (problem != 0) return answer(RefuseErrno(EPIPE));
  on_sent_ = std::move(answer);
  Pump();
}

void WebSocket::Close(uint16_t code, std::string_view reason) {
  if (state_ == State::kOpening) return End(kLost, "it was closed before it was open", false);
  if (state_ == State::kClosed) return;
  const auto* bytes = reinterpret_cast<const uint8_t*>(reason.data());
  wslay_event_queue_close(frames_.get(), code, code == 0 ? nullptr : bytes,
                          code == 0 ? 0 : std::min<size_t>(reason.size(), 123));
  closing_.Start(kCloseMs, [this] { End(kLost, "the server does not close", false); });
  Pump();
}

void WebSocket::End(uint16_t code, std::string reason, bool clean) {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  code_ = code;
  reason_ = std::move(reason);
  clean_ = clean;
  closing_.Stop();
  exchange_.reset();
  if (on_sent_) std::exchange(on_sent_, nullptr)(RefuseErrno(EPIPE));
  Tell();
}

}  // namespace v8py
