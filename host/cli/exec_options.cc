#include "cli/exec_options.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/nearest.h"
#include "base/units.h"
#include "cli/source.h"
#include "cli/toml.h"
#include "include/v8py.h"

namespace v8py {

namespace {

using Parser = Result<uint64_t> (*)(std::string_view, uint64_t);

std::function<Status(std::string_view)> Limit(std::optional<uint64_t>& target, Parser parse) {
  return [&target, parse](std::string_view text) -> Status {
    Result<uint64_t> value = parse(text, V8PY_UNLIMITED);
    if (!value) return value.error();
    target = *value;
    return Ok();
  };
}

Status AddEnvironment(ExecOptions& options, std::string_view text) {
  size_t equals = text.find('=');
  std::string name(text.substr(0, equals));
  if (name.empty()) return CallerError("'" + std::string(text) + "' has no name; write NAME=VALUE");
  if (equals != std::string_view::npos) {
    options.environment.emplace_back(name, text.substr(equals + 1));
  } else if (const char* value = getenv(name.c_str())) {
    options.environment.emplace_back(name, value);
  } else {
    return CallerError("'" + name + "' is not set here; write NAME=VALUE");
  }
  return Ok();
}

Status AddDiagnosis(ExecOptions& options, std::string_view name) {
  if (name == "stats") {
    options.stats = true;
  } else if (name == "explain") {
    options.explain = true;
  } else {
    return CallerError("'" + std::string(name) + "' is no diagnosis; there are stats and explain");
  }
  return Ok();
}

std::function<Status(std::string_view)> Permission(ExecOptions& options, bool allow,
                                                   const char* name) {
  return [&options, allow, name](std::string_view text) {
    options.permissions.push_back({allow, name, std::string(text)});
    return Ok();
  };
}

std::function<Status(std::string_view)> Program(ExecOptions& options, ExecOptions::Source source) {
  return [&options, source](std::string_view text) {
    options.source = source;
    options.program = text;
    return Ok();
  };
}

}  // namespace

std::vector<OptionSpec> ExecOptionTable(ExecOptions& options) {
  auto set = [](auto& target, auto value) {
    return [&target, value](std::string_view) {
      target = value;
      return Ok();
    };
  };
  std::vector<OptionSpec> table = {
      {"-c", "CODE", "run CODE", Program(options, ExecOptions::Source::kCode)},
      {"-m", "MODULE", "run a module of the standard library, as python3 -m does",
       Program(options, ExecOptions::Source::kModule)},
      {"--timeout", "DURATION", "end after this much time on the clock (default 5m)",
       Limit(options.wall_ms, ParseDuration)},
      {"--cpu", "DURATION", "end after this much processor time (default none)",
       Limit(options.cpu_ms, ParseDuration)},
      {"--memory", "SIZE", "the memory that Python may use (default 1G)",
       Limit(options.memory_bytes, ParseSize)},
      {"--max-output", "SIZE", "drop what is printed beyond this (default 64M)",
       Limit(options.output_bytes, ParseSize)},
      {"--files", "SIZE", "what it may add to files: in its memory, and again here (default 256M)",
       Limit(options.files_bytes, ParseSize)},
      {"--max-net", "SIZE", "what it may get from the network and send to it (default 1G)",
       Limit(options.net_bytes, ParseSize)},
      {"--allow-read", "PATH[:AT]", "let it read a file or folder, which it finds AT there",
       Permission(options, true, "read")},
      {"--allow-write", "PATH[:AT]", "let it read and write there",
       Permission(options, true, "write")},
      {"--file", "PATH", "a file that it finds in its working folder, to be read",
       [&options](std::string_view text) {
         std::string name(text.substr(text.rfind('/') + 1));
         options.permissions.push_back({true, "read", std::string(text) + ":/home/guest/" + name});
         return name.empty() ? CallerError("a file has a name") : Ok();
       }},
      {"--files-out", "FOLDER", "copy files that it makes in its working folder to this one",
       [&options](std::string_view text) {
         options.files_out = text;
         return text.empty() ? CallerError("a folder has a name") : Ok();
       }},
      {"--deny-read", "PATH", "but not this", Permission(options, false, "read")},
      {"--deny-write", "PATH", "but not write to this", Permission(options, false, "write")},
      {"--allow-net", "HOST[:PORT]",
       "let it reach hosts: NAME, *.NAME, ADDRESS, ADDRESS/BITS; alone: *",
       Permission(options, true, "net"), "*"},
      {"--deny-net", "HOST[:PORT]", "but not these", Permission(options, false, "net"), "*"},
      {"--locked", "", "just the packages of FILE.lock, or pylock.toml ('v8py lock' makes it)",
       set(options.locked, true)},
      {"--allow-packages", "NAME", "let it install packages by micropip: NAME, PREFIX*; alone: *",
       Permission(options, true, "packages"), "*"},
      {"--deny-packages", "NAME", "but not these", Permission(options, false, "packages"), "*"},
      {"--allow-env", "NAME", "copy variables from here: NAME, PREFIX*",
       Permission(options, true, "env")},
      {"--deny-env", "NAME", "but not these", Permission(options, false, "env")},
      {"--prompt", "", "ask on the terminal for what it wants and no rule decides",
       set(options.prompt, true)},
      {"--audit", "FILE", "append a line of JSON for each decision about what it wanted",
       [&options](std::string_view text) {
         options.audit = text;
         return text.empty() ? CallerError("a file has a name") : Ok();
       }},
      {"--config", "FILE", "options from a TOML file: timeout = '5s', allow-read = ['data:/in']",
       [&options](std::string_view text) {
         options.config = text;
         return text.empty() ? CallerError("a file has a name") : Ok();
       }},
      {"--image", "NAME", "start from this image (its name or file), and its packages are there",
       [&options](std::string_view text) {
         options.image = text;
         return text.empty() ? CallerError("an image has a name; see 'v8py image list'") : Ok();
       }},
      {"--env", "NAME=VALUE", "set a variable in os.environ; NAME alone copies it from here",
       [&options](std::string_view text) { return AddEnvironment(options, text); }},
      {"--input", "JSON", "an object whose members are variables of the program: '{\"x\": [1, 2]}'",
       [&options](std::string_view text) {
         options.variables = std::string(text);
         return Ok();
       }},
      {"--json", "", "print one JSON object with everything, instead of the output",
       set(options.output, ExecOptions::Output::kJson)},
      {"-d", "WHAT", "stats: where time and memory went; explain: what was slow, and why",
       [&options](std::string_view name) { return AddDiagnosis(options, name); }},
      {"-h", "", "this text", set(options.help, true)},
      {"--help", "", "", set(options.help, true)},
  };
  std::vector<OptionSpec> packages = PackageOptionTable(options.packages);
  auto place = std::find_if(table.begin(), table.end(),
                            [](const OptionSpec& option) { return option.name == "--locked"; });
  table.insert(place, packages.begin(), packages.end());
  return table;
}

Status ReadConfig(const std::string& path, std::span<const OptionSpec> options) {
  Result<std::string> text = ReadSource(path);
  if (!text) return text.error();
  Result<Json> table = ParseToml(*text, path);
  if (!table) return table.error();
  for (const auto& [key, value] : table->items()) {
    std::string name = "--" + key;
    auto option = std::find_if(options.begin(), options.end(),
                               [&](const OptionSpec& spec) { return spec.name == name; });
    if (key == "config" || key == "help") {
      return CallerError(path + ": '" + key + "' cannot be in a file");
    }
    if (option == options.end()) {
      std::vector<std::string_view> names;
      for (const OptionSpec& spec : options) names.push_back(spec.name);
      std::string nearest = Nearest(name, names);
      return CallerError(path + ": there is no option '" + key + "'" +
                         (nearest.empty() ? "" : "; did you mean '" + nearest.substr(2) + "'?"));
    }
    for (const Json& item : value.is_array() ? value : Json::array({value})) {
      bool flag = option->value.empty();
      bool may_be_flag = flag || !option->alone.empty();
      if (item.is_boolean() ? !may_be_flag : flag || !(item.is_string() || item.is_number())) {
        return CallerError(path + ": '" + key + "' is " +
                           (flag ? "true or false" : "a text, or a list of them"));
      }
      if (item == false) continue;
      std::string given = item.is_string() ? item.get<std::string>() : item.dump();
      Status status = option->apply(item.is_boolean() ? option->alone : given);
      if (!status.ok()) return status.While(path + ": " + key);
    }
  }
  return Ok();
}

namespace {

// `config`: a file whose options come first; "": none.
Result<ExecOptions> ParseWords(std::vector<std::string_view> words, const std::string& config) {
  using Source = ExecOptions::Source;
  ExecOptions options;
  std::vector<OptionSpec> table = ExecOptionTable(options);
  ArgumentReader reader(std::move(words));
  Status status = config.empty() ? Ok() : ReadConfig(config, table);
  if (status.ok()) status = reader.ReadOptions(table);
  // -c CODE may be followed by more of our options; -m MODULE not, as with python3.
  if (status.ok() && options.source == Source::kCode && !reader.separated()) {
    status = reader.ReadOwnOptions(table);
  }
  if (!status.ok()) return Fail(status);
  if (options.help) return options;
  if (options.source == Source::kStandardInput && !reader.empty()) {
    std::string_view word = reader.Take();
    options.source = word == "-" ? Source::kStandardInput : Source::kFile;
    options.program = word;
  } else if (options.source == Source::kStandardInput && isatty(STDIN_FILENO)) {
    return Fail(
        CallerError("nothing to run; give a FILE, -c CODE or -m MODULE, or pipe a program "
                    "in (see 'v8py exec --help')"));
  }
  for (std::string_view word : reader.rest()) options.arguments.emplace_back(word);
  return options;
}

}  // namespace

Result<ExecOptions> ParseExecOptions(std::vector<std::string_view> words) {
  Result<ExecOptions> options = ParseWords(words, "");
  if (!options || options->config.empty() || options->help) return options;
  // Once more, now that it is known what they come on top of.
  return ParseWords(std::move(words), options->config);
}
}  // namespace v8py
