// Failure as a value. What can fail returns Status or Result<T>; nothing of ours throws.
// The code says whose problem it is, so that a caller can decide without reading the text.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace v8py {

enum class Code {
  kOk,
  kGuest,     // the guest's program: an exception, a bad exit
  kLimit,     // a limit was hit
  kCaller,    // our caller: a bad option, a misuse of the interface
  kWorld,     // the outside world: a missing file, a full disk, a killed process
  kInternal,  // us
};

// The stable, lower-case name of a code ("guest", "limit", "caller", "world", "internal", "ok").
std::string_view CodeName(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  // One line, without a full stop: what was wrong, with the value, and what to do about it.
  const std::string& message() const { return message_; }

  // The same status with context before its message: "loading numpy: no such file".
  // A status that is ok stays as it is.
  Status While(std::string_view doing) const;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

inline Status Ok() { return {}; }
inline Status CallerError(std::string message) { return {Code::kCaller, std::move(message)}; }
inline Status WorldError(std::string message) { return {Code::kWorld, std::move(message)}; }
inline Status InternalError(std::string message) { return {Code::kInternal, std::move(message)}; }

// "open /x: No such file or directory" for an errno value.
Status ErrnoError(std::string_view doing, int error_number);

template <typename T>
using Result = tl::expected<T, Status>;

// What a function that returns Result<T> says when it fails: `return Fail(status);`
inline tl::unexpected<Status> Fail(Status status) {
  return tl::unexpected<Status>(std::move(status));
}

}  // namespace v8py
