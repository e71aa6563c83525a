// MCP over Streamable HTTP: one endpoint, /mcp.
#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "mcp/http/access.h"
#include "mcp/offer.h"

namespace v8py::mcp {

struct HttpOptions {
  std::string host = "127.0.0.1";  // a name or an address
  std::string port = "3001";       // "0": one that is free
  // Clients of revisions with a handshake get a session by Mcp-Session-Id. Otherwise each of their
  // requests is on its own, as in the newest.
  bool sessions = false;
  HttpAccess access;
};

// Serves until SIGTERM, SIGINT or SIGHUP, then ends within 2 seconds with whatever still runs.
// `ready` is told the endpoint's URL once it answers. The exit code is 128 and the signal's number.
// kWorld, kCaller: it cannot listen there.
Result<int> ServeHttp(const MakeOffer& make, HttpOptions options,
                      const std::function<void(const std::string& url)>& ready);

}  // namespace v8py::mcp
