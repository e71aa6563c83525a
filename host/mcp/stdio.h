// MCP on standard input and output: a message a line.
#pragma once

#include "base/status.h"
#include "mcp/offer.h"

namespace v8py::mcp {

// The two descriptors of the protocol, which nobody else in this process or below it has. Call
// before anything else runs: what is written to standard output afterwards goes to standard error.
struct ProtocolStreams {
  int in = -1, out = -1;
  static Result<ProtocolStreams> Take();
};

// Serves until the client closes its end, or SIGTERM, SIGINT or SIGHUP; then ends within 2 seconds,
// with whatever still runs. The exit code: 0, or 128 and the signal's number.
int ServeStdio(const MakeOffer& make, const ProtocolStreams& streams);

}  // namespace v8py::mcp
