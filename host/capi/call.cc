#include <algorithm>
#include <cctype>

#include "base/json.h"
#include "base/units.h"
#include "capi/types.h"

namespace {

using v8py::CallerError;
using v8py::ToError;

// With room for the rest of a frame to the worker.
constexpr size_t kMaxReturned = size_t{32} << 20;

bool IsIdentifier(std::string_view name) {
  auto fits = [](unsigned char c) { return isalnum(c) || c == '_'; };
  return !name.empty() && name.size() <= v8py::kMaxFunctionName && !isdigit(name[0] & 0xff) &&
         name[0] != '_' && std::all_of(name.begin(), name.end(), fits);
}

v8py_error* Answer(v8py_call* call, v8py::Answer answer) {
  if (call->answered.exchange(true)) return ToError(CallerError("this call was answered already"));
  call->run->Answer(call->call, std::move(answer));
  return nullptr;
}

}  // namespace

v8py_error* v8py_options_add_function(v8py_options* options, const char* name,
                                      v8py_function function, void* user) {
  if (v8py_error* error = v8py::Require(options, name)) return error;
  if (!function) return ToError(CallerError("a function is NULL"));
  if (!IsIdentifier(name) || std::string_view(name) == "aio") {
    return ToError(CallerError("'" + std::string(name) +
                               "' cannot be a function's name: letters, digits and '_', of ASCII, "
                               "the first a letter; and not 'aio'"));
  }
  auto call = [function, user](v8py_call* made) { function(user, made); };
  if (!options->functions.emplace(name, call).second) {
    return ToError(CallerError("there is a function '" + std::string(name) + "' already"));
  }
  return nullptr;
}

const char* v8py_call_arguments_json(const v8py_call* call) { return call->call.arguments.c_str(); }

v8py_error* v8py_call_return(v8py_call* call, const char* json) {
  if (v8py_error* error = v8py::Require(call, json)) return error;
  std::string text = json;
  if (text.size() > kMaxReturned) {
    return ToError(CallerError("a function returns " + v8py::FormatSize(text.size()) +
                               "; at most " + v8py::FormatSize(kMaxReturned) + " are passed on"));
  }
  if (!v8py::Json::accept(text)) return ToError(CallerError("what a function returns is not JSON"));
  return Answer(call, v8py::Returned(std::move(text)));
}

v8py_error* v8py_call_raise(v8py_call* call, const char* type, const char* message) {
  if (v8py_error* error = v8py::Require(call, type, message)) return error;
  return Answer(call, v8py::Raised(type, message));
}

void v8py_call_free(v8py_call* call) {
  if (!call) return;
  // Says so itself when it was answered.
  v8py_error_free(Answer(call, v8py::Raised("HostError", "the host gave no answer")));
  delete call;
}
