#include "mcp/stdio.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "base/log.h"
#include "mcp/connection.h"
#include "mcp/line_reader.h"
#include "mcp/outbox.h"
#include "mcp/signals.h"

namespace v8py::mcp {

namespace {

constexpr int kTidyMs = 1000;
// What is under way at the end may still finish; the client waits for 2 seconds.
constexpr int kLastCallsMs = 1000;
constexpr int kLastLinesMs = 300;

// Whether the other end of a pipe is open.
bool IsRead(int descriptor) {
  pollfd end{descriptor, 0, 0};
  return poll(&end, 1, 0) == 0;
}

// Reads until there is an end. The number of the signal that was it; 0: the client has gone.
int ReadAll(const ProtocolStreams& streams, int signals, Offer& offer, Outbox& outbox,
            Connection& connection) {
  SendMessage send = [&outbox](const Json& message, Urgency urgency) {
    outbox.Send(message, urgency);
  };
  LineReader reader(Connection::kMaxMessage);
  std::vector<char> buffer(size_t{1} << 16);
  for (;;) {
    bool paused = outbox.full();
    // A client that has gone, or takes nothing any more, is noticed in any case.
    pollfd ready[] = {{signals, POLLIN, 0},
                      {streams.in, static_cast<short>(paused ? 0 : POLLIN), 0},
                      {streams.out, 0, 0}};
    int count = poll(ready, 3, paused ? 20 : kTidyMs);
    if (count < 0 && errno != EINTR) return 0;
    offer.Tidy();
    if (count <= 0) continue;
    if (int signal = ReadSignal(signals)) return signal;
    if (ready[2].revents || (paused && ready[1].revents)) return 0;
    if (!ready[1].revents) continue;
    ssize_t got = read(streams.in, buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) {
      // A last line may have no end.
      if (std::string rest = reader.TakeRest(); !rest.empty()) connection.Receive(rest, send);
      return 0;
    }
    reader.Add(
        {buffer.data(), static_cast<size_t>(got)},
        [&](std::string_view line) { connection.Receive(line, send); },
        [&] { Connection::RefuseLong(send); });
  }
}

}  // namespace

Result<ProtocolStreams> ProtocolStreams::Take() {
  ProtocolStreams streams;
  streams.in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  streams.out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (streams.in < 0 || streams.out < 0 || nothing < 0) {
    return Fail(ErrnoError("take standard input and output", errno));
  }
  dup2(nothing, STDIN_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  close(nothing);
  return streams;
}

int ServeStdio(const MakeOffer& make, const ProtocolStreams& streams) {
  int signals = TakeSignals();
  auto outbox = std::make_unique<Outbox>(streams.out);
  std::unique_ptr<Offer> offer = make([&out = *outbox] { return out.full(); });
  auto connection = std::make_unique<Connection>(*offer);
  int signal = ReadAll(streams, signals, *offer, *outbox, *connection);
  // Somebody may still take what comes of them.
  if (signal == 0 && !outbox->full() && IsRead(streams.out)) offer->WaitUntilIdle(kLastCallsMs);
  connection.reset();  // cancels what is left
  outbox->Flush(kLastLinesMs);
  offer.reset();
  return signal == 0 ? 0 : 128 + signal;
}

}  // namespace v8py::mcp
