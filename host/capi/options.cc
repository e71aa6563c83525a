#include <cstring>

#include "base/units.h"
#include "capi/types.h"

namespace {

using v8py::RunMessage;

constexpr size_t kMaxDepth = 100;  // of variables

// A program can be set once: a second one is more likely a mistake than a change of mind.
v8py_error* SetProgram(v8py_options* options, RunMessage::Kind kind, std::string name,
                       std::string source, std::string argv0) {
  if (options->has_program) {
    return v8py::ToError(v8py::CallerError("the options have a program already"));
  }
  if (source.size() > v8py::kMaxSource) {
    return v8py::ToError(v8py::CallerError("the program's source is " +
                                           v8py::FormatSize(source.size()) + " long; at most " +
                                           v8py::FormatSize(v8py::kMaxSource) + " are accepted"));
  }
  RunMessage& message = options->program.message;
  message.kind = kind;
  message.name = std::move(name);
  message.source = std::move(source);
  message.argv.insert(message.argv.begin(), std::move(argv0));
  options->has_program = true;
  return nullptr;
}

}  // namespace

v8py_options* v8py_options_new(void) {
  auto* options = new v8py_options;
  options->program.message.want_value = true;
  return options;
}

void v8py_options_free(v8py_options* options) { delete options; }

v8py_error* v8py_options_set_code(v8py_options* options, const char* source, size_t size) {
  if (v8py_error* error = v8py::Require(options, size ? source : "")) return error;
  return SetProgram(options, RunMessage::Kind::kCode, "<string>", {source, size}, "-c");
}

v8py_error* v8py_options_set_file(v8py_options* options, const char* name, const char* source,
                                  size_t size) {
  if (v8py_error* error = v8py::Require(options, name, size ? source : "")) return error;
  // As python3 has it for a program that comes from standard input.
  const char* argv0 = *name == '<' ? "-" : name;
  return SetProgram(options, RunMessage::Kind::kFile, name, {source, size}, argv0);
}

v8py_error* v8py_options_set_module(v8py_options* options, const char* name) {
  if (v8py_error* error = v8py::Require(options, name)) return error;
  if (*name == '\0') return v8py::ToError(v8py::CallerError("a module's name is empty"));
  return SetProgram(options, RunMessage::Kind::kModule, name, "", "-m");
}

v8py_error* v8py_options_add_argument(v8py_options* options, const char* argument) {
  if (v8py_error* error = v8py::Require(options, argument)) return error;
  options->program.message.argv.emplace_back(argument);
  return nullptr;
}

v8py_error* v8py_options_set_variables(v8py_options* options, const char* json) {
  if (v8py_error* error = v8py::Require(options, json)) return error;
  std::string text = json;
  if (text.size() > v8py::kMaxVariables) {
    return v8py::ToError(
        v8py::CallerError("variables are " + v8py::FormatSize(text.size()) + " long; at most " +
                          v8py::FormatSize(v8py::kMaxVariables) + " are accepted"));
  }
  auto variables = v8py::ParseJson(text);
  if (!variables) return v8py::ToError(variables.error().While("variables"));
  if (!variables->is_object()) {
    return v8py::ToError(v8py::CallerError("variables are a JSON object: {\"name\": value}"));
  }
  if (v8py::DepthOfJson(text) > kMaxDepth) {
    return v8py::ToError(
        v8py::CallerError("variables are nested deeper than " + std::to_string(kMaxDepth)));
  }
  options->program.message.variables = variables->empty() ? "" : std::move(text);
  return nullptr;
}

v8py_error* v8py_options_set_environment(v8py_options* options, const char* name,
                                         const char* value) {
  if (v8py_error* error = v8py::Require(options, name, value)) return error;
  if (*name == '\0' || strchr(name, '=')) {
    return v8py::ToError(
        v8py::CallerError("'" + std::string(name) + "' is no name of an environment variable"));
  }
  options->program.message.environment.emplace_back(name, value);
  return nullptr;
}

v8py_error* v8py_options_set_limit(v8py_options* options, v8py_limit limit, uint64_t value) {
  if (v8py_error* error = v8py::Require(options)) return error;
  if (value == 0) {
    return v8py::ToError(
        v8py::CallerError("a limit of 0 lets nothing run; for no limit say V8PY_UNLIMITED"));
  }
  v8py::Limits& limits = options->program.limits;
  switch (limit) {
    case V8PY_LIMIT_WALL:
      limits.wall_ms = value;
      return nullptr;
    case V8PY_LIMIT_CPU:
      limits.cpu_ms = value;
      return nullptr;
    case V8PY_LIMIT_MEMORY:
      limits.memory_bytes = value;
      return nullptr;
    case V8PY_LIMIT_OUTPUT:
      limits.output_bytes = value;
      return nullptr;
    case V8PY_LIMIT_NET:
      limits.net_bytes = value;
      return nullptr;
    case V8PY_LIMIT_FILES:
      limits.files_bytes = value;
      return nullptr;
  }
  return v8py::ToError(v8py::CallerError("there is no limit " + std::to_string(limit)));
}

v8py_error* v8py_options_allow(v8py_options* options, const char* permission, const char* values) {
  if (v8py_error* error = v8py::Require(options, permission, values)) return error;
  return v8py::ToError(options->access.Add(true, permission, values));
}

v8py_error* v8py_options_deny(v8py_options* options, const char* permission, const char* values) {
  if (v8py_error* error = v8py::Require(options, permission, values)) return error;
  return v8py::ToError(options->access.Add(false, permission, values));
}

v8py_error* v8py_options_add_package(v8py_options* options, const char* requirement) {
  if (v8py_error* error = v8py::Require(options, requirement)) return error;
  options->access.packages.requirements.emplace_back(requirement);
  return nullptr;
}

v8py_error* v8py_options_set_package_source(v8py_options* options, v8py_package_source source,
                                            const char* value) {
  if (v8py_error* error = v8py::Require(options, value)) return error;
  v8py::IndexSettings& sources = options->access.packages.sources;
  switch (source) {
    case V8PY_SOURCE_INDEX:
      sources.indexes.emplace_back(value);
      return nullptr;
    case V8PY_SOURCE_FIND_LINKS:
      sources.find_links.emplace_back(value);
      return nullptr;
    case V8PY_SOURCE_DISTRIBUTION:
      sources.distribution = value;
      return nullptr;
    case V8PY_SOURCE_OFFLINE:
      sources.offline = true;
      return nullptr;
  }
  return v8py::ToError(v8py::CallerError("there is no source " + std::to_string(source)));
}

void v8py_options_set_progress(v8py_options* options, v8py_progress_callback progress, void* user) {
  options->progress = progress;
  options->progress_user = user;
}

v8py_error* v8py_options_set_files_out(v8py_options* options, const char* folder) {
  if (v8py_error* error = v8py::Require(options, folder)) return error;
  options->access.files_out = folder;
  return nullptr;
}

v8py_error* v8py_options_set_audit(v8py_options* options, const char* file) {
  if (v8py_error* error = v8py::Require(options, file)) return error;
  options->access.audit = file;
  return nullptr;
}

void v8py_options_set_callbacks(v8py_options* options, v8py_output_callback output,
                                v8py_input_callback input, void* user) {
  options->output = output;
  options->input = input;
  options->user = user;
  options->program.input = input ? v8py::Program::Input::kAsked : v8py::Program::Input::kEmpty;
}

void v8py_options_set_flag(v8py_options* options, v8py_flag flag, int on) {
  v8py::Program& program = options->program;
  switch (flag) {
    case V8PY_FLAG_COLLECT:
      program.keep = on ? v8py::Keep::kOutput : v8py::Keep::kNothing;
      break;
    case V8PY_FLAG_VALUE:
      program.message.want_value = on != 0;
      break;
    case V8PY_FLAG_PLAIN:
      program.message.want_plain = on != 0;
      break;
    case V8PY_FLAG_COLOR:
      program.message.color = on != 0;
      break;
    case V8PY_FLAG_PRINT_ERROR:
      program.message.print_error = on != 0;
      break;
    case V8PY_FLAG_EXPLAIN:
      program.message.explain = on != 0;
      break;
  }
}

void v8py_options_set_terminal(v8py_options* options, v8py_stream stream, int columns, int rows) {
  if (!v8py::IsStream(stream)) return;
  RunMessage& message = options->program.message;
  message.streams[stream].terminal = true;
  if (columns > 0 && columns <= 100000) message.columns = columns;
  if (rows > 0 && rows <= 100000) message.rows = rows;
}
