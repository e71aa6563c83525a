// The objects of v8py.h, freed with their owner; and their errors as the command line tells them.
#pragma once

#include <memory>

#include "cli/output.h"
#include "include/v8py.h"

namespace v8py {

template <auto function>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    function(object);
  }
};
using Error = std::unique_ptr<v8py_error, Free<v8py_error_free>>;
using RuntimeHandle = std::unique_ptr<v8py_runtime, Free<v8py_runtime_free>>;
using OptionsHandle = std::unique_ptr<v8py_options, Free<v8py_options_free>>;
using RunHandle = std::unique_ptr<v8py_run, Free<v8py_run_free>>;
using ResultHandle = std::unique_ptr<v8py_result, Free<v8py_result_free>>;

// Prints it; the exit code that goes with it.
inline int Report(const Error& error) {
  PrintError(v8py_error_message(error.get()));
  return v8py_error_get_code(error.get()) == V8PY_ERROR_CALLER ? kExitUsage : kExitFault;
}

}  // namespace v8py
