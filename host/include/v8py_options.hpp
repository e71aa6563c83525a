// v8py for C++17: what a program is and may. Part of v8py.hpp, which is the file to include.
#ifndef V8PY_OPTIONS_HPP_
#define V8PY_OPTIONS_HPP_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "v8py.h"

namespace v8py {

struct Error {
  v8py_error_code code;
  std::string message;
};

template <typename T>
struct Expected {
  std::optional<T> value;
  std::optional<Error> error;
  explicit operator bool() const { return value.has_value(); }
};

namespace detail {

inline std::optional<Error> Take(v8py_error* error) {
  if (!error) return std::nullopt;
  Error taken{v8py_error_get_code(error), v8py_error_message(error)};
  v8py_error_free(error);
  return taken;
}

template <auto function>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    function(object);
  }
};

}  // namespace detail

class Run;

// Of a function of yours by the program: answer it once, now or later. Thread: any
class Call {
 public:
  explicit Call(v8py_call* call) : call_(call) {}

  std::string_view ArgumentsJson() const { return v8py_call_arguments_json(call_.get()); }
  std::optional<Error> Return(const std::string& json) {
    return detail::Take(v8py_call_return(call_.get(), json.c_str()));
  }
  std::optional<Error> Raise(const std::string& type, const std::string& message) {
    return detail::Take(v8py_call_raise(call_.get(), type.c_str(), message.c_str()));
  }

 private:
  std::unique_ptr<v8py_call, detail::Free<v8py_call_free>> call_;
};

// What to run, and how. The first mistake is kept and given by Runtime::Start().
class Options {
 public:
  Options() : options_(v8py_options_new()) {}

  Options& Code(std::string_view source) {
    return Set(v8py_options_set_code, source.data(), source.size());
  }
  Options& File(const std::string& name, std::string_view source) {
    return Set(v8py_options_set_file, name.c_str(), source.data(), source.size());
  }
  Options& Module(const std::string& name) { return Set(v8py_options_set_module, name.c_str()); }
  Options& Argument(const std::string& argument) {
    return Set(v8py_options_add_argument, argument.c_str());
  }
  Options& Environment(const std::string& name, const std::string& value) {
    return Set(v8py_options_set_environment, name.c_str(), value.c_str());
  }
  Options& Limit(v8py_limit limit, uint64_t value) {
    return Set(v8py_options_set_limit, limit, value);
  }
  // Permissions, "net" and "example.com,*.example.org": see v8py_options_allow().
  Options& Allow(const std::string& permission, const std::string& values) {
    return Set(v8py_options_allow, permission.c_str(), values.c_str());
  }
  Options& Deny(const std::string& permission, const std::string& values) {
    return Set(v8py_options_deny, permission.c_str(), values.c_str());
  }
  // Limits, permissions and packages as JSON: see v8py_options_configure().
  Options& Configure(const std::string& json) { return Set(v8py_options_configure, json.c_str()); }
  Options& Package(const std::string& requirement) {
    return Set(v8py_options_add_package, requirement.c_str());
  }
  // See v8py_options_add_function(). Called inside Run::Wait().
  Options& Function(const std::string& name, std::function<void(Call)> function) {
    auto& kept = callbacks_->functions[name] = std::move(function);
    return Set(v8py_options_add_function, name.c_str(), CallFunction, &kept);
  }
  Options& Flag(v8py_flag flag, bool on) {
    v8py_options_set_flag(options_.get(), flag, on ? 1 : 0);
    return *this;
  }
  // As v8py_output_callback: called inside Run::Wait(); true to go on.
  Options& OnOutput(std::function<bool(v8py_stream, std::string_view)> callback) {
    callbacks_->output = std::move(callback);
    return *this;
  }
  // The program waits for input: answer by Run::WriteInput() or Run::EndInput().
  Options& OnInput(std::function<void()> callback) {
    callbacks_->input = std::move(callback);
    return *this;
  }

 private:
  friend class Run;
  struct Callbacks {
    std::function<bool(v8py_stream, std::string_view)> output;
    std::function<void()> input;
    std::map<std::string, std::function<void(Call)>> functions;
  };

  template <typename... Wanted, typename... Given>
  Options& Set(v8py_error* (*set)(v8py_options*, Wanted...), Given... values) {
    auto taken = detail::Take(set(options_.get(), values...));
    if (taken && !mistake_) mistake_ = std::move(taken);
    return *this;
  }

  std::unique_ptr<v8py_options, detail::Free<v8py_options_free>> options_;
  std::optional<Error> mistake_;
  // What the C functions call, which find the callbacks as `user`.
  void Install() {
    v8py_options_set_callbacks(options_.get(), callbacks_->output ? CallOutput : nullptr,
                               callbacks_->input ? CallInput : nullptr, callbacks_.get());
  }
  static int CallOutput(void* user, v8py_stream stream, const char* data, size_t size) {
    return static_cast<Callbacks*>(user)->output(stream, {data, size}) ? 0 : 1;
  }
  static void CallFunction(void* user, v8py_call* call) {
    (*static_cast<std::function<void(Call)>*>(user))(Call(call));
  }
  static void CallInput(void* user, v8py_run*) { static_cast<Callbacks*>(user)->input(); }

  // Shared with the runs that were started with it.
  std::shared_ptr<Callbacks> callbacks_ = std::make_shared<Callbacks>();
};

}  // namespace v8py

#endif  // V8PY_OPTIONS_HPP_
