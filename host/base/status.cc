#include "base/status.h"

#include <cstring>

namespace v8py {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kGuest:
      return "guest";
    case Code::kLimit:
      return "limit";
    case Code::kCaller:
      return "caller";
    case Code::kWorld:
      return "world";
    case Code::kInternal:
      return "internal";
  }
  return "internal";
}

Status Status::While(std::string_view doing) const {
  if (ok()) return *this;
  return {code_, std::string(doing) + ": " + message_};
}

Status ErrnoError(std::string_view doing, int error_number) {
  char buffer[256];
  // GNU's strerror_r: thread-safe, returns the text.
  return WorldError(std::string(doing) + ": " + strerror_r(error_number, buffer, sizeof buffer));
}

}  // namespace v8py
