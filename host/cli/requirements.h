// What packages a program's own files say it needs: PEP 723's block in a script, a
// requirements.txt, a pyproject.toml.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace v8py {

// The `dependencies` of a script's block "# /// script", and its `requires-python` as
// "python>=3.12"; nothing without a block. Its other fields are wishes, not rights: what they ask
// for is for the caller to grant. kCaller for a block that is none.
Result<std::vector<std::string>> ScriptRequirements(std::string_view source,
                                                    const std::string& name);
// Of a file: *.toml is a pyproject.toml ([project] dependencies), all others are lists as pip has
// them, with "-r FILE" and comments. kCaller for what only pip can do, naming the line.
Result<std::vector<std::string>> FileRequirements(const std::string& path);

}  // namespace v8py
