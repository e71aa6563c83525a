// run_python_code: mcp-run-python's tool, and what its users asked for.
#pragma once

#include "base/json.h"
#include "mcp/tools.h"

namespace v8py::mcp {

Json CodeToolDefinition(const Settings& settings);
Json RunPythonCode(ToolContext& context);

}  // namespace v8py::mcp
