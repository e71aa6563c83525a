#include "mcp/http/access.h"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>

namespace v8py::mcp {

namespace {

bool EqualsIgnoringCase(std::string_view one, std::string_view other) {
  return one.size() == other.size() && strncasecmp(one.data(), other.data(), one.size()) == 0;
}

// Takes as long whatever the difference.
bool IsToken(std::string_view given, std::string_view token) {
  unsigned difference = given.size() == token.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i] ^ token[i % token.size()]);
  }
  return difference == 0;
}

// "" or ":80".
bool IsPortOrNothing(std::string_view text) {
  return text.empty() ||
         (text.front() == ':' && text.find_first_not_of("0123456789", 1) == text.npos);
}

}  // namespace

bool IsLoopback(std::string_view host) {
  if (host.starts_with('[')) {
    size_t end = host.find(']');
    if (end == host.npos) return false;
    return host.substr(1, end - 1) == "::1" && IsPortOrNothing(host.substr(end + 1));
  }
  size_t colon = std::min(host.find(':'), host.size());
  if (!IsPortOrNothing(host.substr(colon))) return false;
  host = host.substr(0, colon);
  if (EqualsIgnoringCase(host, "localhost")) return true;
  in_addr address{};
  return inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
         (ntohl(address.s_addr) >> 24) == 127;
}

bool HttpAccess::AllowsOrigin(std::string_view origin) const {
  if (std::find(origins.begin(), origins.end(), origin) != origins.end()) return true;
  size_t scheme = origin.find("://");
  return loopback && scheme != origin.npos && IsLoopback(origin.substr(scheme + 3));
}

std::optional<HttpRefusal> HttpAccess::Check(Header host, Header origin,
                                             Header authorization) const {
  // A page of another site can have its name stand for this machine, but not know the token.
  if (token.empty() && !(host && IsLoopback(*host))) {
    return HttpRefusal{403, "this server is called localhost or 127.0.0.1, not '" +
                                std::string(host.value_or("")) + "'"};
  }
  if (origin && !AllowsOrigin(*origin)) {
    return HttpRefusal{403, "pages of '" + std::string(*origin) +
                                "' may not use this server (allow them with --http-origin)"};
  }
  if (token.empty()) return std::nullopt;
  constexpr std::string_view kScheme = "Bearer ";
  std::string_view given = authorization.value_or("");
  bool bearer = EqualsIgnoringCase(given.substr(0, kScheme.size()), kScheme);
  if (!bearer || !IsToken(given.substr(kScheme.size()), token)) {
    return HttpRefusal{401, given.empty() ? "this server wants 'Authorization: Bearer TOKEN'"
                                          : "that is not the token of this server"};
  }
  return std::nullopt;
}

}  // namespace v8py::mcp
