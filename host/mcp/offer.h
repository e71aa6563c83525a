// What a server has for its clients: tools, resources, and what becomes of calls that take long.
// Thread: any
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/json.h"
#include "mcp/tasks.h"
#include "mcp/tool_call.h"

namespace v8py::mcp {

class Offer {
 public:
  virtual ~Offer() = default;

  virtual const std::string& instructions() const = 0;
  // Definitions of all tools, in an order that does not change.
  virtual const Json& tools() const = 0;
  // Answers the call, now or later, on another thread. `variables`: the text of the argument
  // global_variables, with all digits of its numbers; "": it is not known.
  virtual void CallTool(const std::shared_ptr<ToolCall>& call, const std::string& name,
                        Json arguments, std::string variables) = 0;
  virtual Json ListResources() const = 0;
  virtual const Json& resource_templates() const = 0;
  // Answers with {"contents":[…]}.
  virtual void ReadResource(const std::shared_ptr<ToolCall>& call, const std::string& uri) = 0;
  // Ends what is too old. Called now and then.
  virtual void Tidy() {}
  // Whether no call is left after so long.
  virtual bool WaitUntilIdle(int milliseconds) = 0;

  Tasks& tasks() { return tasks_; }

 private:
  Tasks tasks_;
};

// How a transport gets what it is to offer. No call should be begun while `hold` says so: nobody
// takes results.
using MakeOffer = std::function<std::unique_ptr<Offer>(std::function<bool()> hold)>;

}  // namespace v8py::mcp
