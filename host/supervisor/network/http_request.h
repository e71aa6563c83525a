// A request of HTTP as a program asks for it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace v8py {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method, url;
  Headers headers;
  enum class Redirect { kFollow, kManual, kError } redirect = Redirect::kFollow;
  std::string body;          // or its beginning; of the budget already
  bool more = false;         // the rest of the body comes by Send()
  int64_t size = -1;         // of the whole body, in bytes; -1: not known
  uint64_t patience_ms = 0;  // how long whoever waits may wait for nothing; 0: for ever
};

}  // namespace v8py
