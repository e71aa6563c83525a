#include "supervisor/network/network_service.h"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <tuple>
#include <utility>

namespace v8py {

namespace {

constexpr size_t kMaxExchanges = 32;  // at once
constexpr size_t kMaxHeaders = size_t{64} << 10;
// Of the requests that wait for their turn.
constexpr size_t kMaxWaitingBytes = size_t{64} << 20;

// How much of this process's memory a request takes.
size_t SizeOf(const HttpRequest& request) {
  size_t size = request.url.size() + request.body.size();
  for (const auto& [name, value] : request.headers) size += name.size() + value.size();
  return size;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// Headers that say how a message is sent, which is not the program's to say.
bool IsOurs(std::string_view name) {
  constexpr std::string_view kOurs[] = {"accept-encoding",
                                        "connection",
                                        "content-length",
                                        "expect",
                                        "host",
                                        "keep-alive",
                                        "te",
                                        "trailer",
                                        "transfer-encoding",
                                        "upgrade",
                                        "via",
                                        "proxy-connection"};
  std::string lower = LowerCase(name);
  return lower.starts_with("proxy-") ||
         std::find(std::begin(kOurs), std::end(kOurs), lower) != std::end(kOurs);
}

bool ReadHeaders(const Json& list, Headers& headers) {
  if (!list.is_array()) return false;
  size_t size = 0;
  for (const Json& pair : list) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
      return false;
    }
    auto name = pair[0].get<std::string>(), value = pair[1].get<std::string>();
    size += name.size() + value.size();
    if (!IsToken(name) || IsOurs(name) || size > kMaxHeaders) return false;
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) return false;
    headers.emplace_back(std::move(name), std::move(value));
  }
  return true;
}

// In milliseconds.
std::optional<uint64_t> PatienceOf(const Json& value) {
  if (!value.is_number()) return std::nullopt;
  return static_cast<uint64_t>(std::clamp(value.get<double>(), 0.0, 1e9));
}

std::optional<HttpRequest> ReadRequest(const Json& arguments, std::string data) {
  bool typed = arguments.size() == 8 && arguments[1].is_string() && arguments[2].is_string() &&
               arguments[4].is_string() && arguments[5].is_boolean() &&
               arguments[6].is_number_integer();
  auto patience = typed ? PatienceOf(arguments[7]) : std::nullopt;
  HttpRequest request;
  if (!patience || !ReadHeaders(arguments[3], request.headers)) return std::nullopt;
  request.method = arguments[1].get<std::string>();
  std::string lower = LowerCase(request.method);
  bool method = IsToken(lower) && lower.size() <= 32 && lower != "connect" && lower != "trace" &&
                lower != "track";
  request.url = arguments[2].get<std::string>();
  using Redirect = HttpRequest::Redirect;
  static const std::map<std::string, Redirect> kRedirects = {
      {"follow", Redirect::kFollow}, {"manual", Redirect::kManual}, {"error", Redirect::kError}};
  auto redirect = kRedirects.find(arguments[4].get<std::string>());
  if (redirect == kRedirects.end()) return std::nullopt;
  request.redirect = redirect->second;
  request.more = arguments[5].get<bool>();
  request.size = std::max<int64_t>(-1, arguments[6].get<int64_t>());
  request.patience_ms = *patience;
  request.body = std::move(data);
  auto given = static_cast<int64_t>(request.body.size());
  bool sized = request.size < 0 || given == request.size || (request.more && given < request.size);
  if (!method || !sized) return std::nullopt;
  return request;
}

}  // namespace

NetworkService::NetworkService(Loop& loop, std::shared_ptr<const Access> access, uint64_t run,
                               Limits limits)
    : loop_(loop),
      access_(access ? std::move(access) : std::make_shared<Access>()),
      budget_{run, limits.bytes},
      requests_left_(limits.requests) {}

// First the exchanges, which know of the loop of libcurl's.
NetworkService::~NetworkService() { exchanges_.clear(); }

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
  if (name == "net.open") return Open(number, arguments, std::move(data), std::move(answer));
  if (name == "net.close") {
    Close(number);
    return answer(Done());
  }
  auto found = exchanges_.find(number);
  if (found == exchanges_.end()) return answer(RefuseErrno(EBADF));
  if (name == "net.head") {
    Exchange& exchange = *found->second;
    auto patience = arguments.size() > 1 ? PatienceOf(arguments[1]) : exchange.patience_ms();
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
  auto request = ReadRequest(arguments, std::move(data));
  if (!request) return answer(Refuse("EINVAL", "a request that cannot be sent"));
  if (requests_left_ == 0) {
    return answer(Refuse("EDQUOT", "the program has made all the requests that it may make"));
  }
  if (!curl_loop_) {
    Result<const Curl*> curl = Curl::Load();
    if (!curl) return answer(Refuse("ENOSYS", curl.error().message()));
    curl_loop_ = std::make_unique<CurlLoop>(loop_, **curl);
  }
  size_t size = SizeOf(*request);
  if (size > kMaxWaitingBytes - waiting_bytes_) {
    return answer(Refuse("ENOBUFS", "too many requests wait for their turn"));
  }
  if (!budget_.Take(request->body.size())) return answer(RefuseToSend());
  --requests_left_;
  bool more = request->more;
  exchanges_[number] = std::make_unique<Exchange>(loop_, *curl_loop_, *access_, budget_,
                                                  std::move(*request), [this] {
                                                    --active_;
                                                    StartWaiting();
                                                  });
  Exchange& exchange = *exchanges_[number];
  if (more) {
    answer(Done());
  } else {
    exchange.Head(exchange.patience_ms(), std::move(answer));
  }
  waiting_.emplace_back(number, size);
  waiting_bytes_ += size;
  StartWaiting();
}

void NetworkService::StartWaiting() {
  for (; !waiting_.empty() && active_ < kMaxExchanges; ++active_) {
    auto [next, size] = waiting_.front();
    waiting_.pop_front();
    waiting_bytes_ -= size;
    exchanges_[next]->Start();
  }
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
