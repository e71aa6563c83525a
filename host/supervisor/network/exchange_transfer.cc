// What libcurl is told of an exchange, and what it calls. Partner: exchange.cc.
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <tuple>

#include "supervisor/network/exchange.h"
#include "supervisor/network/proxy.h"

namespace v8py {

namespace {

constexpr long kConnectMs = 30'000;
constexpr size_t kMaxHeaders = size_t{256} << 10;
constexpr size_t kMaxDropped = size_t{64} << 10;
// libcurl unpacks what it has read in one go, and keeps what is not wanted yet: up to 64 MiB, then
// it gives up. Of these encodings a byte becomes 1032 at most; of others it may be millions.
constexpr long kBuffer = 32 << 10;
constexpr char kEncodings[] = "gzip, deflate";

std::string_view Trim(std::string_view text) {
  while (!text.empty() && strchr(" \t\r\n", text.front())) text.remove_prefix(1);
  while (!text.empty() && strchr(" \t\r\n", text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

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
  set(CURLOPT_ACCEPT_ENCODING, kEncodings);
  set(CURLOPT_ERRORBUFFER, error_text_);
  set(CURLOPT_BUFFERSIZE, kBuffer);
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
          bool allowed = address && self->CheckAddress(*address).allowed;
          if (!allowed) return CURL_SOCKET_BAD;
          return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
        });
    set(CURLOPT_OPENSOCKETDATA, this);
  }
  SetTls();
  SetRequest();
  std::function<void()> on_deaf;
  if (request_.upgrade) on_deaf = [this] { later_.Post([this] { OnDeaf(); }); };
  curl_loop_.Add(
      easy_, [this](CURLcode code) { OnDone(code); }, std::move(on_deaf));
}

void Exchange::SetTls() {
  // The operator's own authorities, as curl and OpenSSL find them.
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* file = getenv(name);
    if (!file || !*file) continue;
    curl().easy_setopt(easy_, CURLOPT_CAINFO, file);
    break;
  }
  const char* folder = getenv("SSL_CERT_DIR");
  if (folder && *folder) curl().easy_setopt(easy_, CURLOPT_CAPATH, folder);
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
    // Once more, when a kept connection turns out to be dead.
    auto on_seek = +[](void* user, curl_off_t offset, int) -> int {
      auto* self = static_cast<Exchange*>(user);
      if (self->streamed_) return CURL_SEEKFUNC_CANTSEEK;
      self->sent_ = static_cast<size_t>(offset);
      return CURL_SEEKFUNC_OK;
    };
    set(CURLOPT_SEEKFUNCTION, on_seek);
    set(CURLOPT_SEEKDATA, this);
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
  if (request_.upgrade) {
    // Not in chunks, and nothing of HTTP/2: bytes as they are, by a proxy as well.
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_HTTPPROXYTUNNEL, 1L);
    add("Transfer-Encoding:");
  }
  bool has_agent = false;
  for (const auto& [name, value] : request_.headers) {
    has_agent |= LowerCase(name) == "user-agent";
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  if (!has_agent) add("User-Agent: v8py");
  add("Expect:");
  set(CURLOPT_HTTPHEADER, header_list_);
}

size_t Exchange::OnHeaderLine(std::string_view line) {
  size_t size = line.size();
  head_bytes_ += size;
  if (head_bytes_ > kMaxHeaders) {
    failure_ = Refuse("EIO", url_->Text() + ": the head of the answer is too long");
    return 0;
  }
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
    bool go_on = (status_ >= 200 || (status_ == 101 && request_.upgrade)) &&
                 !(IsRedirect() && !location_.empty() &&
                   request_.redirect != HttpRequest::Redirect::kManual);
    if (go_on) TellHead();
    return size;
  }
  size_t colon = text.find(':');
  if (colon == std::string_view::npos) return size;
  headers_.emplace_back(LowerCase(text.substr(0, colon)), Trim(text.substr(colon + 1)));
  if (headers_.back().first == "location") location_ = headers_.back().second;
  return size;
}

size_t Exchange::OnBody(std::string_view bytes) {
  if (state_ == State::kWaiting) {
    // The page that says where to go instead.
    dropped_ += bytes.size();
    return dropped_ > kMaxDropped ? 0 : bytes.size();
  }
  if (received_.size() - poured_ >= kMaxWaiting) {
    receiving_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (!budget_.Take(bytes.size())) {
    budget_.bytes_left = 0;
    failure_ = Refuse("EFBIG",
                      "the program has had all the bytes from the network that it may have "
                      "(raise it with --max-net)");
    return 0;
  }
  BePatient();
  received_ += bytes;
  // If nobody reads there, Flow() ends it, which cannot be done inside of libcurl.
  if (socket_ && received_.size() - poured_ >= kPour) std::ignore = Pour();
  if ((on_read_ || socket_) && !std::exchange(telling_, true)) {
    later_.Post([this] { TellRead(); });
  }
  return bytes.size();
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
  auto has_room = [this] { return on_sent_ && unsent_.size() < kMaxWaiting / 2; };
  if (has_room()) {
    later_.Post([this, has_room] {
      if (has_room()) std::exchange(on_sent_, nullptr)(Done());
    });
  }
  if (part > 0 || body_ended_) return part;
  sending_paused_ = true;
  return CURL_READFUNC_PAUSE;
}

}  // namespace v8py
