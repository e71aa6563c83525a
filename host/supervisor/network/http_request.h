// A request of HTTP as a program asks for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace v8py {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method, url;
  Headers headers;
  enum class Redirect { kFollow, kManual, kError } redirect = Redirect::kFollow;
  std::string body;          // or its beginning; of the budget already
  bool more = false;         // the rest of the body comes by Send()
  int64_t size = -1;         // of the whole body, in bytes; -1: not known
  bool upgrade = false;      // to another protocol: what follows both ways are that one's bytes
  uint64_t patience_ms = 0;  // how long whoever waits may wait for nothing; 0: for ever

  // Of the arguments of net.open; nothing when it cannot be sent.
  static std::optional<HttpRequest> Read(const Json& arguments, std::string body);
  // How much of this process's memory it takes.
  size_t Bytes() const;
};

// In lower case, of ASCII.
std::string LowerCase(std::string_view text);
// Whether it may be a method's or a header's name.
bool IsToken(std::string_view text);
// Milliseconds; nothing for what is no number.
std::optional<uint64_t> ReadPatience(const Json& value);

}  // namespace v8py
