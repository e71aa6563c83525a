// Who may speak to the server: by the name it is called, the page that asks, and a token.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace v8py::mcp {

// What is said instead of an answer.
struct HttpRefusal {
  int status = 400;
  std::string text;
};

struct HttpAccess {
  // Only programs of this machine can come: others' pages must not, by way of a browser here.
  bool loopback = true;
  std::string token;                 // "": none is asked for
  std::vector<std::string> origins;  // of pages that may ask, beside this machine's if `loopback`

  // Headers of a request; nullopt: it has none of this name.
  using Header = std::optional<std::string_view>;
  std::optional<HttpRefusal> Check(Header host, Header origin, Header authorization) const;
  bool AllowsOrigin(std::string_view origin) const;
};

// "localhost:3001", "127.0.0.1", "[::1]:80".
bool IsLoopback(std::string_view host);

}  // namespace v8py::mcp
