// Tools for packages, within what the operator allows.
#pragma once

#include "base/json.h"
#include "mcp/tools.h"

namespace v8py::mcp {

Json InstallPackagesDefinition(const Settings& settings);
Json InstallPackages(ToolContext& context);
Json ListPackagesDefinition(const Settings& settings);
Json ListPackages(ToolContext& context);

}  // namespace v8py::mcp
