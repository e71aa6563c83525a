// What `v8py exec` says on standard error about a run: the limit that was hit, -d stats, -d
// explain.
#pragma once

#include <string_view>

#include "base/json.h"

namespace v8py {

// Each line with "v8py: " before it; nothing for "".
void PrintSummary(std::string_view summary);
// `result`: as result.schema.json describes it.
void PrintStats(const Json& result);
void PrintExplanation(const Json& result);

}  // namespace v8py
