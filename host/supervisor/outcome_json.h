// The JSON form of a result. Described by host/include/result.schema.json: change both.
#pragma once

#include "base/json.h"
#include "supervisor/outcome.h"

namespace v8py {

Json ResultToJson(const RunRecord& record, const RunResult& result);

}  // namespace v8py
