// One program, run to its end for a call, with its output as it comes told to whoever watches.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "mcp/handles.h"
#include "mcp/tool_call.h"

namespace v8py::mcp {

// Lines of both streams in the order in which they were finished, without their ends. A line that
// has no end is one at the program's end.
class OutputLines {
 public:
  // Calls `line` with each that is complete now.
  template <typename Function>
  void Add(v8py_stream stream, std::string_view data, Function line) {
    std::string& open = open_[stream];
    for (size_t end; (end = data.find('\n')) != std::string_view::npos;) {
      open.append(data.substr(0, end));
      data.remove_prefix(end + 1);
      line(stream, lines_.emplace_back(std::move(open)));
      open.clear();
    }
    open.append(data);
  }
  std::vector<std::string> Take();

 private:
  std::string open_[3];
  std::vector<std::string> lines_;
};

struct Ended {
  Json result;  // as result.schema.json has it
  std::vector<std::string> lines;
  std::string output;  // standard output's bytes
};

// Sends each line of output to the call's log and as progress, and bytes for standard input, when
// the program asks for them. `session` null: in a fresh interpreter. Fails for what is not the
// program's doing.
Result<Ended> RunProgram(v8py_runtime* runtime, v8py_session* session, OptionsHandle options,
                         ToolCall& call, std::string_view input = "");

}  // namespace v8py::mcp
