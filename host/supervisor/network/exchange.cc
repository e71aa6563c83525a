#include "supervisor/network/exchange.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "supervisor/network/proxy.h"

namespace v8py {

namespace {

constexpr int kMaxRedirects = 20;  // as the Fetch standard has it
constexpr long kConnectMs = 30'000;
constexpr size_t kMaxHeaders = size_t{256} << 10;
// What waits here at most of a body before the connection has to wait.
constexpr size_t kMaxWaiting = size_t{1} << 20;
// One answer with a part of a body: a copy or two more are cheaper than a trip.
constexpr size_t kMaxPart = size_t{512} << 10;
constexpr size_t kMaxDropped = size_t{64} << 10;

bool IsRedirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && strchr(" \t\r\n", text.front())) text.remove_prefix(1);
  while (!text.empty() && strchr(" \t\r\n", text.back())) text.remove_suffix(1);
  return text;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
  return lower;
}

Answer CopyOf(const Answer& failure) {
  return failure.denied ? Deny(failure.text) : Refuse(failure.error, failure.text);
}

// For a program: as the system calls of the real thing would have said it.
Answer FailureOf(CURLcode code, const std::string& text) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return Refuse("ECONNREFUSED", text);
    case CURLE_OPERATION_TIMEDOUT:
      return Refuse("ETIMEDOUT", text);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return Refuse("ECONNRESET", text);
    default:
      return Refuse("EIO", text);
  }
}

}  // namespace

Exchange::Exchange(Loop& loop, CurlLoop& curl_loop, const Access& access, Budget& budget,
                   HttpRequest request, std::function<void()> on_idle)
    : loop_(loop),
      curl_loop_(curl_loop),
      access_(access),
      budget_(budget),
      request_(std::move(request)),
      on_idle_(std::move(on_idle)),
      later_(loop),
      patience_(loop) {
  body_ended_ = !request_.more;
  streamed_ = request_.more;
}

Exchange::~Exchange() {
  Drop();
  for (AnswerTo* waiting : {&on_head_, &on_read_, &on_sent_}) {
    if (*waiting) std::exchange(*waiting, nullptr)(RefuseErrno(ECANCELED));
  }
}

void Exchange::Drop() {
  resolver_.reset();
  if (easy_) {
    curl_loop_.Remove(easy_);
    curl().easy_cleanup(std::exchange(easy_, nullptr));
  }
  curl().slist_free_all(std::exchange(header_list_, nullptr));
  curl().slist_free_all(std::exchange(resolve_list_, nullptr));
}

void Exchange::Head(AnswerTo answer) {
  if (on_head_) return answer(RefuseErrno(EINVAL));
  if (!head_.is_null()) return answer(Done(head_));
  if (state_ == State::kFailed) return answer(CopyOf(failure_));
  on_head_ = std::move(answer);
  BePatient();
}

void Exchange::Start() {
  active_ = true;
  BePatient();
  Result<Url> url = Url::Parse(curl(), request_.url);
  if (!url) return Finish(Refuse("EINVAL", url.error().message()));
  url_ = std::move(*url);
  Hop();
}

void Exchange::Hop() {
  Decision decision = access_.network.CheckHost(url_->host(), url_->port());
  if (access_.audit) access_.audit->Write(budget_.run, "net", url_->Text(), decision);
  if (!decision.allowed) return Finish(Deny(decision.why));
  status_ = 0;
  headers_.clear();
  location_.clear();
  dropped_ = 0;
  // With a proxy it is the proxy that resolves names, and it has rules of its own.
  if (!ProxyFor(*url_).empty()) return Perform("");
  resolver_ = std::make_unique<Resolver>(
      loop_, url_->host(),
      [this](Result<std::vector<Address>> addresses) { OnAddresses(std::move(addresses)); });
}

void Exchange::OnAddresses(Result<std::vector<Address>> addresses) {
  if (!addresses) return Finish(Refuse("EHOSTUNREACH", addresses.error().message()));
  std::string list;
  for (const Address& address : *addresses) {
    // One that is refused is one too many: which of them is taken is nobody's to choose.
    Decision decision = access_.network.CheckAddress(url_->host(), url_->port(), address);
    if (!decision.allowed) {
      if (access_.audit) access_.audit->Write(budget_.run, "net", address.Text(), decision);
      return Finish(Deny(decision.why));
    }
    std::string text = address.is_v4() ? address.Text() : "[" + address.Text() + "]";
    list += (list.empty() ? "" : ",") + text;
  }
  Perform(list);
}

void Exchange::Perform(const std::string& resolved) {
  Drop();
  easy_ = curl().easy_init();
  if (!easy_) return Finish(RefuseErrno(ENOMEM));
  auto set = [this](CURLoption option, auto value) { curl().easy_setopt(easy_, option, value); };
  set(CURLOPT_CURLU, url_->handle());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROXY, ProxyFor(*url_).c_str());
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_ERRORBUFFER, error_text_);
  set(CURLOPT_BUFFERSIZE, static_cast<long>(kMaxPart));
  if (!resolved.empty()) {
    // What was checked, and nothing else: no second question to a server that may answer anew.
    std::string entry = url_->written_host() + ":" + std::to_string(url_->port()) + ":" + resolved;
    resolve_list_ = curl().slist_append(nullptr, entry.c_str());
    set(CURLOPT_RESOLVE, resolve_list_);
    // And if libcurl should ask all the same, no connection is made to what was not checked.
    set(
        CURLOPT_OPENSOCKETFUNCTION,
        +[](void* user, curlsocktype, curl_sockaddr* peer) -> curl_socket_t {
          auto* self = static_cast<Exchange*>(user);
          auto address = Address::Of(&peer->addr);
          bool allowed =
              address &&
              self->access_.network.CheckAddress(self->url_->host(), self->url_->port(), *address)
                  .allowed;
          if (!allowed) return CURL_SOCKET_BAD;
          return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
        });
    set(CURLOPT_OPENSOCKETDATA, this);
  }
  SetTls();
  SetRequest();
  curl_loop_.Add(easy_, [this](CURLcode code) { OnDone(code); });
}

void Exchange::SetTls() {
  // The operator's own authorities, as curl and OpenSSL find them.
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* file = getenv(name);
    if (!file || !*file) continue;
    curl().easy_setopt(easy_, CURLOPT_CAINFO, file);
    break;
  }
}

void Exchange::SetRequest() {
  auto set = [this](CURLoption option, auto value) { curl().easy_setopt(easy_, option, value); };
  auto on_line = +[](char* data, size_t, size_t size, void* self) -> size_t {
    return static_cast<Exchange*>(self)->OnHeaderLine({data, size});
  };
  auto on_body = +[](char* data, size_t, size_t size, void* self) -> size_t {
    return static_cast<Exchange*>(self)->OnBody({data, size});
  };
  auto on_want = +[](char* buffer, size_t, size_t size, void* self) -> size_t {
    return static_cast<Exchange*>(self)->OnWantBody(buffer, size);
  };
  set(CURLOPT_HEADERFUNCTION, on_line);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, this);
  bool has_body = !request_.body.empty() || streamed_ || request_.size >= 0;
  if (has_body) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, on_want);
    set(CURLOPT_READDATA, this);
    curl_off_t size = request_.size;
    if (!request_.more) size = static_cast<curl_off_t>(request_.body.size());
    if (size >= 0) set(CURLOPT_INFILESIZE_LARGE, size);
    sent_ = 0;
  }
  if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET" || has_body) {
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  auto add = [this](const std::string& line) {
    header_list_ = curl().slist_append(header_list_, line.c_str());
  };
  bool has_agent = false;
  for (const auto& [name, value] : request_.headers) {
    has_agent |= Lower(name) == "user-agent";
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  if (!has_agent) add("User-Agent: v8py");
  add("Expect:");
  set(CURLOPT_HTTPHEADER, header_list_);
}

size_t Exchange::OnHeaderLine(std::string_view line) {
  size_t size = line.size();
  std::string_view text = Trim(line);
  if (text.starts_with("HTTP/")) {
    // Of this response, or of one before it that only said to go on.
    headers_.clear();
    location_.clear();
    curl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status_);
    size_t code = text.find(' ');
    size_t reason = code == std::string_view::npos ? code : text.find(' ', code + 1);
    status_text_ = reason == std::string_view::npos ? "" : std::string(Trim(text.substr(reason)));
    return size;
  }
  if (text.empty()) {
    bool go_on = status_ >= 200 && !(IsRedirect(status_) && !location_.empty() &&
                                     request_.redirect != HttpRequest::Redirect::kManual);
    if (go_on) TellHead();
    return size;
  }
  size_t colon = text.find(':');
  if (colon == std::string_view::npos) return size;
  size_t all = size;
  for (const auto& [name, value] : headers_) all += name.size() + value.size();
  if (all > kMaxHeaders) return 0;
  headers_.emplace_back(Lower(text.substr(0, colon)), Trim(text.substr(colon + 1)));
  if (headers_.back().first == "location") location_ = headers_.back().second;
  return size;
}

void Exchange::TellHead() {
  state_ = State::kBody;
  Json headers = Json::array();
  for (const auto& [name, value] : headers_) headers.push_back({name, value});
  head_ = {status_, status_text_, url_->Text(), redirects_ > 0, std::move(headers)};
  if (!on_head_) return;
  // Not inside of libcurl.
  later_.Post([answer = std::exchange(on_head_, nullptr), head = head_]() mutable {
    answer(Done(std::move(head)));
  });
}

size_t Exchange::OnBody(std::string_view bytes) {
  if (state_ == State::kWaiting) {
    // The page that says where to go instead.
    dropped_ += bytes.size();
    return dropped_ > kMaxDropped ? 0 : bytes.size();
  }
  if (received_.size() >= kMaxWaiting) {
    receiving_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (bytes.size() > budget_.bytes_left) {
    budget_.bytes_left = 0;
    failure_ = Refuse("EFBIG",
                      "the program has had all the bytes from the network that it may have "
                      "(raise it with --max-net)");
    return 0;
  }
  budget_.bytes_left -= bytes.size();
  BePatient();
  received_ += bytes;
  if (on_read_) later_.Post([this] { TellRead(); });
  return bytes.size();
}

void Exchange::Read(AnswerTo answer) {
  if (on_read_ || state_ == State::kWaiting) return answer(RefuseErrno(EINVAL));
  on_read_ = std::move(answer);
  BePatient();
  TellRead();
}

void Exchange::TellRead() {
  if (!on_read_) return;
  bool over = state_ != State::kBody;
  if (received_.empty() && !over) return;
  Answer part = Done(false);
  if (received_.empty() && state_ == State::kFailed) {
    part = CopyOf(failure_);
  } else if (received_.size() <= kMaxPart) {
    part.data = std::exchange(received_, "");
    part.result = state_ == State::kDone;
  } else {
    part.data = received_.substr(0, kMaxPart);
    received_.erase(0, kMaxPart);
  }
  std::exchange(on_read_, nullptr)(std::move(part));
  if (easy_ && received_.size() < kMaxWaiting / 2 && std::exchange(receiving_paused_, false)) {
    curl_loop_.Resume(easy_);
  }
}

void Exchange::Send(std::string_view bytes, bool last, AnswerTo answer) {
  if (on_sent_ || body_ended_) return answer(RefuseErrno(EINVAL));
  if (state_ == State::kFailed) return answer(CopyOf(failure_));
  if (state_ == State::kDone) return answer(RefuseErrno(EPIPE));
  if (bytes.size() > budget_.bytes_left) {
    return answer(Refuse("EFBIG",
                         "the program has sent all the bytes to the network that it may send "
                         "(raise it with --max-net)"));
  }
  budget_.bytes_left -= bytes.size();
  unsent_ += bytes;
  body_ended_ = last;
  if (unsent_.size() < kMaxWaiting || last) {
    answer(Done());
  } else {
    on_sent_ = std::move(answer);
    BePatient();
  }
  if (easy_ && std::exchange(sending_paused_, false)) curl_loop_.Resume(easy_);
}

size_t Exchange::OnWantBody(char* buffer, size_t size) {
  std::string_view from = sent_ < request_.body.size()
                              ? std::string_view(request_.body).substr(sent_)
                              : std::string_view(unsent_);
  size_t part = std::min(size, from.size());
  memcpy(buffer, from.data(), part);
  if (sent_ < request_.body.size()) {
    sent_ += part;
    return part;
  }
  unsent_.erase(0, part);
  if (part > 0) BePatient();
  if (on_sent_ && unsent_.size() < kMaxWaiting / 2) {
    later_.Post([answer = std::exchange(on_sent_, nullptr)] { answer(Done()); });
  }
  if (part > 0 || body_ended_) return part;
  sending_paused_ = true;
  return CURL_READFUNC_PAUSE;
}

void Exchange::OnDone(CURLcode code) {
  bool redirect = state_ == State::kWaiting && IsRedirect(status_) && !location_.empty();
  // Cut off by us, when its body was too long to be waited for.
  if (redirect && (code == CURLE_OK || code == CURLE_WRITE_ERROR)) return FollowRedirect();
  if (code == CURLE_OK) {
    if (state_ == State::kWaiting) TellHead();
    state_ = State::kDone;
    Drop();
    later_.Post([this] {
      BeIdle();
      TellRead();
    });
    return;
  }
  if (!failure_.error.empty()) return Finish(std::move(failure_));
  std::string text = *error_text_ ? error_text_ : curl().easy_strerror(code);
  Finish(FailureOf(code, url_->Text() + ": " + text));
}

void Exchange::FollowRedirect() {
  using Redirect = HttpRequest::Redirect;
  if (request_.redirect == Redirect::kError) {
    return Finish(Refuse("EIO", url_->Text() + " redirects, and that was not wanted"));
  }
  if (++redirects_ > kMaxRedirects) {
    return Finish(Refuse("EIO", url_->Text() + ": more than 20 redirects"));
  }
  Result<Url> next = url_->Resolve(location_);
  if (!next) return Finish(Refuse("EIO", next.error().message()));
  bool to_get = (status_ == 303 && request_.method != "GET" && request_.method != "HEAD") ||
                ((status_ == 301 || status_ == 302) && request_.method == "POST");
  auto remove = [this](auto matches) {
    std::erase_if(request_.headers,
                  [&](const auto& header) { return matches(Lower(header.first)); });
  };
  if (to_get) {
    request_.method = "GET";
    request_.body.clear();
    request_.size = -1;
    streamed_ = false;
    body_ended_ = true;
    remove([](const std::string& name) { return name.starts_with("content-"); });
  } else if (streamed_) {
    return Finish(
        Refuse("EIO", url_->Text() + " redirects, and the request's body is sent already"));
  }
  if (!next->SameOrigin(*url_)) {
    remove([](const std::string& name) { return name == "authorization" || name == "cookie"; });
  }
  url_ = std::move(*next);
  Drop();
  Hop();
}

void Exchange::BePatient() {
  if (request_.patience_ms == 0) return;
  patience_.Start(request_.patience_ms, [this] {
    bool waited_for = on_head_ || on_read_ || on_sent_;
    if (waited_for && active_) Finish(Refuse("ETIMEDOUT", url_->Text() + ": timed out"));
  });
}

void Exchange::BeIdle() {
  active_ = false;
  on_idle_();
}

void Exchange::Finish(Answer failure) {
  Drop();
  state_ = State::kFailed;
  failure_ = std::move(failure);
  // Not here: this may be inside of Start().
  later_.Post([this] {
    auto tell = [this](AnswerTo& waiting) {
      if (waiting) std::exchange(waiting, nullptr)(CopyOf(failure_));
    };
    BeIdle();
    tell(on_head_);
    tell(on_sent_);
    TellRead();
  });
}

}  // namespace v8py
