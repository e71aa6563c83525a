// What the realm may ask of the process around it. Everything else that JavaScript and Python do
// stays inside the isolate. The worker implements it over its socket, tests in memory.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace v8py {

// What came of a call: base/message.h's ReplyMessage. `json` is its result.
struct Reply {
  uint64_t id = 0;
  std::string error, text;
  std::string json;
  std::string data;
  std::vector<int> descriptors;  // whoever gets the reply owns them
};

class Host {
 public:
  virtual ~Host() = default;

  // Standard output (1) or error (2). Returns when the bytes are on their way.
  virtual void Write(int stream, std::string_view bytes) = 0;

  // Standard input: blocks until there is some. Returns the number of bytes, 0 at the end of input,
  // or kInterrupted when the program is asked to stop.
  static constexpr long kInterrupted = -1;
  virtual long Read(char* data, size_t size) = 0;

  // The rest is for a host that has something to give.
  // Asks for something from outside, and blocks for the answer. `json`: an object. Nothing when the
  // program is asked to stop; the answer is then dropped.
  virtual std::optional<Reply> Call(std::string_view name, std::string_view json,
                                    std::string_view data) {
    (void)name, (void)json, (void)data;
    return Reply{0, "ENOSYS", "there is nobody to ask", "null", "", {}};
  }
  // The same without waiting. The answer comes by NextReply(), with the id that this returns.
  virtual uint64_t Post(std::string_view name, std::string_view json, std::string_view data) {
    (void)name, (void)json, (void)data;
    return 0;
  }
  // Reads from a socket that came with a reply; waits for bytes, so long as something comes within
  // `patience_ms` (0: for ever). Returns their number, 0 at the end, or -errno: EINTR when the
  // program is asked to stop, ETIMEDOUT.
  virtual long Receive(int socket, char* data, size_t size, uint64_t patience_ms) {
    (void)socket, (void)data, (void)size, (void)patience_ms;
    return -ENOSYS;
  }
  // An answer to a Post() that is here; nothing when none is.
  virtual std::optional<Reply> NextReply() { return std::nullopt; }
};

}  // namespace v8py
