// The socket that a server listens on.
#pragma once

#include <string>

#include "base/status.h"

namespace v8py::mcp {

struct Listener {
  int socket = -1;
  std::string url;        // "http://127.0.0.1:3001"
  bool loopback = false;  // only this machine can reach it
};

// `host`: a name or an address. `port`: "0": one that is free. kWorld: it cannot.
Result<Listener> Listen(const std::string& host, const std::string& port);

}  // namespace v8py::mcp
