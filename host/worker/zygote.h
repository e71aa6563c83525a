// A worker that forks: each of its guests is a worker that is ready as it is, in about a
// millisecond. The zygote runs no program, so what it says can be believed.
#pragma once

#include "base/status.h"
#include "engine/engine.h"
#include "worker/channel.h"

namespace v8py {

// Serves the supervisor's ForkMessages and ReapMessages, beginning with one that was just read.
// Returns in each guest, whose channel is its own and whose only descriptor is that channel's; in
// the zygote it returns when the supervisor is gone (kWorld).
Status ServeForks(Engine& engine, Channel& channel, int socket);

}  // namespace v8py
