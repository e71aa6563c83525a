#include "supervisor/network/http_request.h"

#include <algorithm>
#include <map>

namespace v8py {

namespace {

constexpr size_t kMaxRequestHeaders = size_t{64} << 10;

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
    if (!IsToken(name) || IsOurs(name) || size > kMaxRequestHeaders) return false;
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) return false;
    headers.emplace_back(std::move(name), std::move(value));
  }
  return true;
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

size_t HttpRequest::Bytes() const {
  size_t size = url.size() + body.size();
  for (const auto& [name, value] : headers) size += name.size() + value.size();
  return size;
}

std::optional<uint64_t> ReadPatience(const Json& value) {
  if (!value.is_number()) return std::nullopt;
  return static_cast<uint64_t>(std::clamp(value.get<double>(), 0.0, 1e9));
}

std::optional<HttpRequest> HttpRequest::Read(const Json& arguments, std::string data) {
  bool typed = arguments.size() == 8 && arguments[1].is_string() && arguments[2].is_string() &&
               arguments[4].is_string() && arguments[5].is_boolean() &&
               arguments[6].is_number_integer();
  auto patience = typed ? ReadPatience(arguments[7]) : std::nullopt;
  HttpRequest request;
  if (!patience || !ReadHeaders(arguments[3], request.headers)) return std::nullopt;
  request.method = arguments[1].get<std::string>();
  std::string lower = LowerCase(request.method);
  bool method = IsToken(lower) && lower.size() <= 32 && lower != "connect" && lower != "trace" &&
                lower != "track";
  request.url = arguments[2].get<std::string>();
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

}  // namespace v8py
