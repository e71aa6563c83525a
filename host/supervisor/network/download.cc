#include "supervisor/network/download.h"

#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

#include "supervisor/network/curl.h"
#include "supervisor/network/exchange.h"
#include "supervisor/network/proxy.h"

namespace v8py {

namespace {

constexpr int kTries = 4;
constexpr long kDownloadConnectMs = 15'000;
// No byte for so long: the connection is dead.
constexpr long kSilenceSeconds = 30;

// How one try has ended.
enum class End {
  kDone,     // there is an answer
  kLost,     // the connection, or none came about
  kStopped,  // by us: `why` is for the caller
  kFailed,   // and will fail again
};

struct Outcome {
  End end = End::kFailed;
  long status = 0;
  std::string url;
  std::map<std::string, std::string> headers;
  uint64_t have = 0;  // bytes that were given to the caller, in all tries
  Status why;
};

struct Try {
  const Curl& curl;
  const DownloadRequest& request;
  CURL* easy;
  Outcome outcome;
  uint64_t had;          // before this try
  bool resumed = false;  // the server goes on where it was asked to
  bool proxied = false;
  std::string host;  // that is connected to
};

bool IsTrusted(const Try& attempt, const std::string& host) {
  const auto& trusted = attempt.request.trusted_hosts;
  return std::find(trusted.begin(), trusted.end(), host) != trusted.end();
}

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  auto& attempt = *static_cast<Try*>(user);
  std::string_view line(data, size);
  if (line.starts_with("HTTP/")) attempt.outcome.headers.clear();
  size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && strchr(" \t", value.front())) value.remove_prefix(1);
    while (!value.empty() && strchr(" \t\r\n", value.back())) value.remove_suffix(1);
    attempt.outcome.headers[LowerCase(line.substr(0, colon))] = value;
  }
  return size;
}

// Stops the transfer: the function that libcurl has called returns another number than it wants.
size_t Stop(Try& attempt, Status why) {
  attempt.outcome.end = End::kStopped;
  attempt.outcome.why = std::move(why);
  return 0;
}

// Whether the part that comes begins where the bytes end that are here.
bool IsContinuation(const Try& attempt) {
  auto range = attempt.outcome.headers.find("content-range");
  return range != attempt.outcome.headers.end() &&
         range->second.starts_with("bytes " + std::to_string(attempt.had) + "-");
}

size_t OnBytes(char* data, size_t, size_t size, void* user) {
  auto& attempt = *static_cast<Try*>(user);
  long status = 0;
  attempt.curl.easy_getinfo(attempt.easy, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200 && status != 206) return size;  // a page that explains
  if (status == 206 && !IsContinuation(attempt)) {
    return Stop(attempt, WorldError(WithoutPassword(attempt.request.url) +
                                    ": the server sends another part than it was asked for"));
  }
  if (attempt.had > 0 && status == 200 && !std::exchange(attempt.resumed, true)) {
    // From the beginning, then.
    attempt.outcome.have = 0;
    Status restarted = attempt.request.on_restart();
    if (!restarted.ok()) return Stop(attempt, restarted);
  }
  attempt.outcome.have += size;
  if (attempt.outcome.have > attempt.request.max_bytes) {
    return Stop(attempt,
                WorldError(WithoutPassword(attempt.request.url) + " is too large: more than " +
                           std::to_string(attempt.request.max_bytes) + " bytes"));
  }
  Status taken = attempt.request.on_bytes({data, size});
  return taken.ok() ? size : Stop(attempt, taken);
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* cancelled = static_cast<Try*>(user)->request.cancelled;
  return cancelled && *cancelled ? 1 : 0;
}

// Before each connection, that of a redirect included.
curl_socket_t OnSocket(void* user, curlsocktype, curl_sockaddr* peer) {
  auto& attempt = *static_cast<Try*>(user);
  auto address = Address::Of(&peer->addr);
  bool fits =
      attempt.proxied || (address && (!address->is_internal() || IsTrusted(attempt, attempt.host)));
  if (!fits) {
    attempt.outcome.end = End::kStopped;
    attempt.outcome.why = WorldError("an index names " + attempt.host + ", which is " +
                                     std::string(address ? address->Special() : "no host"));
    return CURL_SOCKET_BAD;
  }
  return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
}

End Judge(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return End::kDone;
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
      return End::kLost;
    default:
      return End::kFailed;
  }
}

// "user:password" of a URL that has them.
std::string UserOf(const std::string& url) {
  size_t begin = url.find("://") + 3;
  std::string_view escaped = std::string_view(url).substr(begin);
  escaped = escaped.substr(0, escaped.find_first_of("/?#\\"));
  escaped = escaped.substr(0, escaped.rfind('@'));
  std::string text;
  for (size_t i = 0; i < escaped.size(); ++i) {
    bool coded = escaped[i] == '%' && i + 2 < escaped.size() && isxdigit(escaped[i + 1]) &&
                 isxdigit(escaped[i + 2]);
    text += coded ? static_cast<char>(std::stoi(std::string(escaped.substr(i + 1, 2)), nullptr, 16))
                  : escaped[i];
    if (coded) i += 2;
  }
  return text;
}

// Asks for what follows the first `have` bytes.
Result<Outcome> Get(const DownloadRequest& request, uint64_t have) {
  Result<const Curl*> loaded = Curl::Load();
  if (!loaded) return Fail(loaded.error());
  const Curl& curl = **loaded;
  // Connections are used again by what comes next on this thread.
  thread_local std::unique_ptr<CURL, decltype(curl.easy_cleanup)> kept(curl.easy_init(),
                                                                       curl.easy_cleanup);
  CURL* easy = kept.get();
  if (!easy) return Fail(WorldError("libcurl: out of memory"));
  Try attempt{curl, request, easy, {}, have, false, false, ""};
  attempt.outcome.have = have;
  std::string url = request.url;
  for (int redirects = 0;; ++redirects) {
    curl.easy_reset(easy);
    auto set = [&](CURLoption option, auto value) { curl.easy_setopt(easy, option, value); };
    // User and password in an index's URL are the operator's own. What is requested is the text of
    // the URL that is checked.
    std::string plain = WithoutPassword(url);
    Result<Url> parsed = Url::Parse(curl, plain);
    if (!parsed) return Fail(WorldError(parsed.error().message()));
    std::string text = parsed->Text();
    std::string password = plain == url ? "" : UserOf(url);
    attempt.host = parsed->host();
    if (parsed->scheme() != "https" && !IsTrusted(attempt, attempt.host)) {
      return Fail(WorldError(WithoutPassword(url) + " is not https"));
    }
    std::string proxy = ProxyFor(*parsed);
    attempt.proxied = !proxy.empty();
    set(CURLOPT_URL, text.c_str());
    if (!password.empty()) set(CURLOPT_USERPWD, password.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, proxy.c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, kDownloadConnectMs);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
    set(CURLOPT_USERAGENT, "v8py");
    set(CURLOPT_HEADERFUNCTION, OnHeader);
    set(CURLOPT_HEADERDATA, &attempt);
    set(CURLOPT_WRITEFUNCTION, OnBytes);
    set(CURLOPT_WRITEDATA, &attempt);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, OnProgress);
    set(CURLOPT_XFERINFODATA, &attempt);
    set(CURLOPT_OPENSOCKETFUNCTION, OnSocket);
    set(CURLOPT_OPENSOCKETDATA, &attempt);
    // Part of a file that is pressed anew each time is no part.
    std::string part = std::to_string(have) + "-";
    if (have > 0) {
      // Not CURLOPT_RESUME_FROM: with it, a server that can only begin anew is an error.
      set(CURLOPT_RANGE, part.c_str());
    } else {
      set(CURLOPT_ACCEPT_ENCODING, "");
    }
    for (const char* name : {"PIP_CERT", "CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
      const char* file = getenv(name);
      if (!file || !*file) continue;
      set(CURLOPT_CAINFO, file);
      break;
    }
    curl_slist* headers = nullptr;
    for (const std::string& header : request.headers)
      headers = curl.slist_append(headers, header.c_str());
    set(CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl.easy_perform(easy);
    curl.slist_free_all(headers);
    Outcome& outcome = attempt.outcome;
    curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &outcome.status);
    outcome.url = url;
    if (outcome.end == End::kStopped) return std::move(outcome);
    outcome.end = Judge(code);
    if (code == CURLE_ABORTED_BY_CALLBACK) {
      outcome.end = End::kStopped;
      outcome.why = WorldError("it was cancelled");
    } else if (code != CURLE_OK) {
      outcome.why = WorldError(curl.easy_strerror(code));
    }
    bool redirect = outcome.end == End::kDone && outcome.status >= 300 && outcome.status < 400 &&
                    outcome.headers.contains("location");
    if (!redirect) return std::move(outcome);
    if (redirects == 10)
      return Fail(WorldError(WithoutPassword(request.url) + ": too many redirects"));
    Result<Url> next = parsed->Resolve(outcome.headers["location"]);
    if (!next) return Fail(WorldError(next.error().message()));
    url = next->Text();
  }
}

bool ShouldTryAgain(const Outcome& outcome) {
  if (outcome.end == End::kLost) return true;
  return outcome.end == End::kDone && (outcome.status == 429 || outcome.status == 502 ||
                                       outcome.status == 503 || outcome.status == 504);
}

}  // namespace

std::string WithoutPassword(const std::string& url) {
  size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  size_t host = scheme + 3;
  // A path, a query or a fragment may have an @ of its own.
  size_t end = std::min(url.find_first_of("/?#\\", host), url.size());
  size_t at = url.rfind('@', end);
  if (at == std::string::npos || at < host) return url;
  return url.substr(0, host) + url.substr(at + 1);
}

Result<Downloaded> Download(const DownloadRequest& request) {
  std::string shown = WithoutPassword(request.url);
  uint64_t have = 0;
  for (int tried = 1;; ++tried) {
    auto outcome = Get(request, have);
    if (!outcome) return Fail(outcome.error());
    have = outcome->have;
    if (outcome->end == End::kDone && !ShouldTryAgain(*outcome)) {
      return Downloaded{outcome->status, outcome->url, std::move(outcome->headers)};
    }
    if (outcome->end == End::kStopped) return Fail(outcome->why);
    bool again = ShouldTryAgain(*outcome) && tried < kTries;
    if (!again) {
      std::string why = outcome->end == End::kDone
                            ? "the server answers " + std::to_string(outcome->status)
                            : outcome->why.message();
      return Fail(WorldError(shown + ": " + why));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(250 << tried));
  }
}

}  // namespace v8py
