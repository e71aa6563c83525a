// Calls of functions that the embedding program offers: the guest says "host.call", a thread that
// waits for the run does it, and its answer goes back.
//   host.call   [name] + JSON text: {"args": […], "kwargs": {…}}
//               → null, + JSON text, or {"error": message, "type": of Python's exception}
//   host.names  []  → those that it may call
// Rule: on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/access.h"
#include "supervisor/answer.h"

namespace v8py {

// Bytes of the longest name that a function may have.
inline constexpr size_t kMaxFunctionName = 100;

// One that somebody has to answer: with Returned() or Raised().
struct HostCall {
  std::string name;
  std::string arguments;  // JSON text of an object, kMaxDepth deep at most
  std::function<void(Answer)> answer;
};

Answer Returned(std::string json);
// `type`: an exception of Python's own; what is none becomes HostError.
Answer Raised(std::string_view type, std::string_view message);

class HostCalls {
 public:
  static constexpr size_t kMaxDepth = 100;  // of JSON: what anybody's parser survives

  // `names`: of all there are.
  HostCalls(std::vector<std::string> names, std::function<void(HostCall)> deliver)
      : names_(std::move(names)), deliver_(std::move(deliver)) {}

  void Handle(std::string_view name, const Json& arguments, std::string data, const Access* access,
              uint64_t run, std::function<void(Answer)> answer) const;

 private:
  bool Has(std::string_view name) const;
  Json Allowed(const Access* access) const;
  std::string Unknown(const std::string& name, const Access* access) const;

  std::vector<std::string> names_;
  std::function<void(HostCall)> deliver_;
};

}  // namespace v8py
