// Functions of _v8py_tools.py, called in a session or in a fresh interpreter.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "mcp/tools.h"

namespace v8py::mcp {

struct GuestAnswer {
  Json value;          // what the function returned
  std::string output;  // bytes that it has written
};

// `await`: the function is a coroutine. Fails with what the program's exception says, which is what
// a model can do something about.
enum class Await { kNo, kYes };
Result<GuestAnswer> CallGuest(Interpreters& interpreters, Session* session, ToolCall& call,
                              std::string_view function, const Json& arguments,
                              std::string_view input = "", Await await = Await::kNo);

}  // namespace v8py::mcp
