// Signals that end a server.
#pragma once

namespace v8py::mcp {

// From now on SIGTERM, SIGINT and SIGHUP are read from the descriptor that this gives, and a pipe
// that nobody reads is an error of write() only. Before other threads begin.
int TakeSignals();
// The number of the signal that has come; 0: none.
int ReadSignal(int descriptor);

}  // namespace v8py::mcp
