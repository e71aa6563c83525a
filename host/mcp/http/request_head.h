// The headers of a request, as the library has them. Valid while the request is. Thread: the
// library's
#pragma once

#include "mcp/http/access.h"
#include "mcp/http/headers.h"
#include "mcp/http/microhttpd.h"

namespace v8py::mcp {

class RequestHead {
 public:
  RequestHead(const MicroHttpd& library, MHD_Connection* connection)
      : library_(library), connection_(connection) {}

  HttpAccess::Header Find(const char* name) const;
  McpHeaders OfMcp() const;
  // Whether they say one thing of the host, and of where the body ends. If not, whoever passed the
  // request on may have gone by the other, and a second request may be hidden in its body.
  bool IsClear() const;

 private:
  const MicroHttpd& library_;
  MHD_Connection* connection_;
};

}  // namespace v8py::mcp
