#include "supervisor/network/network_service.h"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <tuple>
#include <utility>

namespace v8py {

namespace {

constexpr size_t kMaxExchanges = 32, kMaxSockets = 32;  // at once
// Of the requests that wait for their turn.
constexpr size_t kMaxWaitingBytes = size_t{64} << 20;

}  // namespace

NetworkService::NetworkService(Loop& loop, std::shared_ptr<const Access> access, uint64_t run,
                               Limits limits)
    : loop_(loop),
      access_(access ? std::move(access) : std::make_shared<Access>()),
      budget_{run, limits.bytes},
      requests_left_(limits.requests) {}

// First the exchanges, which know of the loop of libcurl's.
NetworkService::~NetworkService() {
  exchanges_.clear();
  sockets_.clear();
}

void NetworkService::Prepare(Loop& loop) {
  static std::once_flag begun;
  std::call_once(begun, [&loop] {
    RunInBackground(
        loop, [] { std::ignore = Curl::Load(); }, [] {});
  });
}

void NetworkService::Handle(std::string_view name, const Json& arguments, std::string data,
                            AnswerTo answer) {
  bool typed = arguments.is_array() && !arguments.empty() && arguments[0].is_number_unsigned();
  if (!typed) return answer(RefuseErrno(EINVAL));
  auto number = arguments[0].get<uint64_t>();
  if (name.starts_with("ws.")) {
    return HandleSocket(name, number, arguments, data, std::move(answer));
  }
  if (name == "net.open") return Open(number, arguments, std::move(data), std::move(answer));
  if (name == "net.close") {
    Close(number);
    return answer(Done());
  }
  auto found = exchanges_.find(number);
  if (found == exchanges_.end()) return answer(RefuseErrno(EBADF));
  if (name == "net.head") {
    Exchange& exchange = *found->second;
    auto patience = arguments.size() > 1 ? ReadPatience(arguments[1]) : exchange.patience_ms();
    if (!patience) return answer(RefuseErrno(EINVAL));
    return found->second->Head(*patience, std::move(answer));
  }
  if (name == "net.read") return found->second->Read(std::move(answer));
  if (name == "net.body") return found->second->Stream(std::move(answer));
  if (name != "net.send" || arguments.size() != 2 || !arguments[1].is_boolean()) {
    return answer(RefuseErrno(name == "net.send" ? EINVAL : ENOSYS));
  }
  found->second->Send(data, arguments[1].get<bool>(), std::move(answer));
}

void NetworkService::Open(uint64_t number, const Json& arguments, std::string data,
                          AnswerTo answer) {
  if (exchanges_.contains(number)) return answer(RefuseErrno(EEXIST));
  auto request = HttpRequest::Read(arguments, std::move(data));
  if (!request) return answer(Refuse("EINVAL", "a request that cannot be sent"));
  size_t size = request->Bytes();
  if (size > kMaxWaitingBytes - waiting_bytes_) {
    return answer(Refuse("ENOBUFS", "too many requests wait for their turn"));
  }
  bool more = request->more;
  auto made = NewExchange(std::move(*request), answer, [this] {
    --active_;
    StartWaiting();
  });
  if (!made) return;
  Exchange& exchange = *(exchanges_[number] = std::move(made));
  if (more) {
    answer(Done());
  } else {
    exchange.Head(exchange.patience_ms(), std::move(answer));
  }
  waiting_.emplace_back(number, size);
  waiting_bytes_ += size;
  StartWaiting();
}

std::unique_ptr<Exchange> NetworkService::NewExchange(HttpRequest request, const AnswerTo& answer,
                                                      std::function<void()> on_idle) {
  if (requests_left_ == 0) {
    answer(Refuse("EDQUOT", "the program has made all the requests that it may make"));
    return nullptr;
  }
  if (!curl_loop_) {
    Result<const Curl*> curl = Curl::Load();
    if (!curl) {
      answer(Refuse("ENOSYS", curl.error().message()));
      return nullptr;
    }
    curl_loop_ = std::make_unique<CurlLoop>(loop_, **curl);
  }
  if (!budget_.Take(request.body.size())) {
    answer(RefuseToSend());
    return nullptr;
  }
  --requests_left_;
  return std::make_unique<Exchange>(loop_, *curl_loop_, *access_, budget_, std::move(request),
                                    std::move(on_idle));
}

void NetworkService::StartWaiting() {
  for (; !waiting_.empty() && active_ < kMaxExchanges; ++active_) {
    auto [next, size] = waiting_.front();
    waiting_.pop_front();
    waiting_bytes_ -= size;
    exchanges_[next]->Start();
  }
}

void NetworkService::HandleSocket(std::string_view name, uint64_t number, const Json& arguments,
                                  std::string_view data, AnswerTo answer) {
  if (name == "ws.open") return OpenSocket(number, arguments, std::move(answer));
  auto found = sockets_.find(number);
  if (name == "ws.drop") {
    if (found != sockets_.end()) sockets_.erase(found);
    return answer(Done());
  }
  if (found == sockets_.end()) return answer(RefuseErrno(EBADF));
  WebSocket& socket = *found->second;
  auto has = [&](size_t at, auto check) {
    return at < arguments.size() && (arguments[at].*check)();
  };
  if (name == "ws.read") return socket.Read(std::move(answer));
  if (name == "ws.send" && has(1, &Json::is_boolean) && has(2, &Json::is_boolean)) {
    return socket.Send(data, arguments[1].get<bool>(), arguments[2].get<bool>(), std::move(answer));
  }
  if (name == "ws.close" && has(1, &Json::is_number_unsigned) && has(2, &Json::is_string)) {
    auto code = arguments[1].get<uint64_t>();
    if (code != 0 && code != 1000 && (code < 3000 || code > 4999))
      return answer(RefuseErrno(EINVAL));
    socket.Close(static_cast<uint16_t>(code), arguments[2].get_ref<const std::string&>());
    return answer(Done());
  }
  answer(RefuseErrno(EINVAL));
}

void NetworkService::OpenSocket(uint64_t number, const Json& arguments, AnswerTo answer) {
  if (sockets_.contains(number)) return answer(RefuseErrno(EEXIST));
  if (sockets_.size() >= kMaxSockets) {
    return answer(Refuse("ENOBUFS", "too many WebSockets are open"));
  }
  bool typed = arguments.size() == 3 && arguments[1].is_string() && arguments[2].is_array() &&
               std::all_of(arguments[2].begin(), arguments[2].end(),
                           [](const Json& item) { return item.is_string(); });
  std::string url = typed ? arguments[1].get<std::string>() : "";
  if (!url.starts_with("ws://") && !url.starts_with("wss://")) return answer(RefuseErrno(EINVAL));
  auto handshake = Handshake::Make(arguments[2].get<std::vector<std::string>>());
  if (!handshake) return answer(Refuse("EINVAL", handshake.error().message()));
  auto exchange = NewExchange(handshake->RequestTo(url), answer, [] {});
  if (!exchange) return;
  auto& socket = sockets_[number];
  socket = std::make_unique<WebSocket>(loop_, std::move(*handshake), std::move(exchange));
  socket->Open(std::move(answer));
}

void NetworkService::Close(uint64_t number) {
  auto found = exchanges_.find(number);
  if (found == exchanges_.end()) return;
  if (found->second->active()) --active_;
  std::erase_if(waiting_, [&](const auto& waiting) {
    if (waiting.first != number) return false;
    waiting_bytes_ -= waiting.second;
    return true;
  });
  exchanges_.erase(found);
  StartWaiting();
}

}  // namespace v8py
