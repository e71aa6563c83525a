// A socket into which the body of a response flows: a large body costs its reader no calls, and its
// bytes are copied by the kernel alone. The reader is a worker, which may do anything with its end:
// nothing is ever read here.
// Rule: on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "os/descriptor.h"
#include "os/loop.h"

namespace v8py {

class BodySocket {
 public:
  struct Ends;
  // `on_room` is called when there is room again after Send() had none.
  static Result<Ends> Make(Loop& loop, std::function<void()> on_room);

  // The number of bytes that it takes, 0 when it is full; nothing when nobody reads any more.
  std::optional<size_t> Send(std::string_view bytes);

 private:
  BodySocket(Loop& loop, Descriptor socket, std::function<void()> on_room);

  Loop& loop_;
  const Descriptor socket_;
  const std::function<void()> on_room_;
  std::unique_ptr<DescriptorWatch> room_;
};

struct BodySocket::Ends {
  std::unique_ptr<BodySocket> ours;
  Descriptor theirs;
};

}  // namespace v8py
