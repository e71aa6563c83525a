#include "cli/mcp_http.h"

#include <charconv>
#include <cstdlib>
#include <utility>

#include "cli/source.h"

namespace v8py {

namespace {

constexpr const char* kTokenVariable = "V8PY_HTTP_TOKEN";
// What cannot be found by trying.
constexpr size_t kShortestToken = 16;

bool IsPort(std::string_view text) {
  int value = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= 65535;
}

// "127.0.0.1:3001", "[::1]:3001", "3001".
Status ReadAddress(std::string_view text, mcp::HttpOptions& options) {
  size_t colon = text.rfind(':');
  std::string_view host = colon == text.npos ? "" : text.substr(0, colon);
  std::string_view port = colon == text.npos ? text : text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != host.npos) {
    return CallerError("'" + std::string(text) +
                       "': an IPv6 address is written in brackets: [::1]:3001");
  }
  if (!IsPort(port) || (colon != text.npos && host.empty())) {
    return CallerError("'" + std::string(text) + "' is not HOST:PORT, as in 127.0.0.1:3001");
  }
  if (!host.empty()) options.host = host;
  options.port = port;
  return Ok();
}

Result<std::string> ReadToken(const std::string& file) {
  std::string token;
  if (const char* given = getenv(kTokenVariable)) token = given;
  if (!file.empty()) {
    Result<std::string> text = ReadSource(file);
    if (!text) return text;
    token = text->substr(0, text->find_last_not_of(" \t\r\n") + 1);
  } else if (token.empty()) {
    return token;
  }
  bool plain = token.find_first_of(" \t\r\n") == token.npos;
  if (token.size() >= kShortestToken && plain) return token;
  return Fail(CallerError("the token of " + (file.empty() ? std::string(kTokenVariable) : file) +
                          " is not one word of " + std::to_string(kShortestToken) +
                          " characters or more; 'openssl rand -hex 32' makes one"));
}

}  // namespace

std::vector<OptionSpec> McpHttpOptionTable(McpHttpChoice& choice) {
  return {
      {"--http", "HOST:PORT",
       "speak Streamable HTTP there, at /mcp, each request on its own (127.0.0.1:3001)",
       [&choice](std::string_view text) {
         choice.wanted = true;
         return ReadAddress(text, choice.options);
       }},
      {"--http-sessions", "", "HTTP: clients of revisions with a handshake get a session",
       [&choice](std::string_view) {
         choice.options.sessions = true;
         return Ok();
       }},
      {"--http-token-file", "FILE",
       "HTTP: clients must give this token (or that of V8PY_HTTP_TOKEN) as bearer",
       [&choice](std::string_view text) {
         choice.token_file = text;
         return Ok();
       }},
      {"--http-origin", "ORIGIN", "HTTP: pages of this origin may ask, as https://app.example.com",
       [&choice](std::string_view text) -> Status {
         if (text.find("://") == text.npos || text.ends_with('/')) {
           return CallerError("'" + std::string(text) +
                              "' is not an origin, as https://app.example.com");
         }
         choice.options.access.origins.emplace_back(text);
         return Ok();
       }},
      {"--port", "N", "", [&choice](std::string_view text) -> Status {
         if (!IsPort(text)) return CallerError("'" + std::string(text) + "' is not a port");
         choice.options.port = text;
         choice.port_given = true;
         return Ok();
       }}};
}

bool ReadTransport(std::string_view word, McpHttpChoice& choice) {
  bool sessions = word == "streamable-http", stateless = word == "streamable-http-stateless";
  choice.wanted |= sessions || stateless;
  choice.options.sessions |= sessions;
  return sessions || stateless || word == "stdio";
}

Result<std::optional<mcp::HttpOptions>> TakeHttp(McpHttpChoice choice) {
  const mcp::HttpOptions& options = choice.options;
  if (!choice.wanted) {
    bool given = choice.port_given || options.sessions || !choice.token_file.empty() ||
                 !options.access.origins.empty();
    if (!given) return std::nullopt;
    return Fail(CallerError("--port and --http-… are for HTTP: give --http HOST:PORT, too"));
  }
  Result<std::string> token = ReadToken(choice.token_file);
  if (!token) return Fail(token.error());
  choice.options.access.token = *token;
  return std::move(choice.options);
}

}  // namespace v8py
