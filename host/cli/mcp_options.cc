#include "cli/mcp_options.h"

#include <algorithm>
#include <charconv>

#include "base/units.h"
#include "cli/grant.h"

namespace v8py {

namespace {

// What `exec` has and a server has not: a program, and a person at a terminal.
constexpr std::string_view kNotHere[] = {"-c",       "-m",     "--file",   "--files-out",
                                         "--locked", "--json", "--prompt", "--input",
                                         "-d",       "-h",     "--help"};

std::function<Status(std::string_view)> Count(auto& target, int most) {
  return [&target, most](std::string_view text) {
    int value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > most) {
      return CallerError("'" + std::string(text) + "' is no number from 1 to " +
                         std::to_string(most));
    }
    target = static_cast<std::remove_reference_t<decltype(target)>>(value);
    return Ok();
  };
}

template <typename T>
std::function<Status(std::string_view)> OneOf(T& target,
                                              std::vector<std::pair<std::string_view, T>> words) {
  return [&target, words = std::move(words)](std::string_view text) {
    std::string names;
    for (const auto& [word, value] : words) {
      if (word == text) {
        target = value;
        return Ok();
      }
      names += (names.empty() ? "" : ", ") + std::string(word);
    }
    return CallerError("'" + std::string(text) + "' is none of " + names);
  };
}

// For the tools' descriptions.
void Describe(McpOptions& options) {
  mcp::Settings& settings = options.settings;
  const ExecOptions& grants = options.grants;
  settings.wall_ms = *grants.wall_ms;
  settings.memory_bytes = grants.memory_bytes.value_or(settings.memory_bytes);
  settings.packages = grants.packages.requirements;
  for (const auto& [allow, name, values] : grants.permissions) {
    if (!allow) continue;
    if (name == "net") settings.hosts.push_back(values);
    if (name == "read") settings.readable.push_back(values);
    if (name == "write") settings.writable.push_back(values);
    if (name == "packages") settings.installable.push_back(values);
  }
  bool no_net =
      std::any_of(grants.permissions.begin(), grants.permissions.end(),
                  [](const auto& p) { return !p.allow && p.name == "net" && p.values == "*"; });
  if (no_net) settings.hosts.clear();
}

}  // namespace

std::vector<OptionSpec> McpOptionTable(McpOptions& options, McpHttpChoice& http) {
  using mcp::Structured;
  using mcp::TextForm;
  std::vector<OptionSpec> table = {
      {"--sessions", "N", "sessions that there may be at a time (default 16)",
       Count(options.settings.sessions, 1000)},
      {"--session-idle", "DURATION", "end a session that nobody has used for so long (default 15m)",
       [&options](std::string_view text) -> Status {
         auto value = ParseDuration(text, V8PY_UNLIMITED);
         if (!value) return value.error();
         options.settings.session_idle_ms = *value;
         return Ok();
       }},
      {"--concurrency", "N", "calls that run at a time; more wait (default 8)",
       Count(options.settings.concurrency, 100)},
      {"--pool", "N", "interpreters that are kept ready, once there was a call (default 2)",
       Count(options.settings.pool, 1000)},
      {"--telemetry", "FILE",
       "append a line of OpenTelemetry's JSON (OTLP) for each call, and metrics each minute",
       [&options](std::string_view text) -> Status {
         if (text.empty() || text == "-") {
           return CallerError("'" + std::string(text) + "' is not a file; ./- would be one");
         }
         options.telemetry = text;
         return Ok();
       }},
      {"--structured", "WHEN",
       "results also as structuredContent: auto (not beside images; the default), always, never",
       OneOf<Structured>(options.settings.structured, {{"auto", Structured::kAuto},
                                                       {"always", Structured::kAlways},
                                                       {"never", Structured::kNever}})},
      {"--return-mode", "FORM", "the text of a result: xml (the default) or json",
       OneOf<TextForm>(options.settings.text,
                       {{"xml", TextForm::kXml}, {"json", TextForm::kJson}})},
  };
  std::vector<OptionSpec> transport = McpHttpOptionTable(http);
  std::vector<OptionSpec> grants = ExecOptionTable(options.grants);
  auto with = std::find_if(grants.begin(), grants.end(),
                           [](const OptionSpec& option) { return option.name == "--with"; });
  // As mcp-run-python has them.
  auto set = [](bool& target) {
    return [&target](std::string_view) {
      target = true;
      return Ok();
    };
  };
  std::vector<OptionSpec> others = {
      {"--deps", "PACKAGES", "", with->apply},
      {"--dependencies", "PACKAGES", "", with->apply},
      {"--disable-networking", "", "",
       [&options](std::string_view) {
         options.grants.permissions.push_back({false, "net", "*"});
         return Ok();
       }},
      {"--verbose", "", "log what happens on standard error", set(options.verbose)},
      {"-h", "", "this text", set(options.help)},
      {"--help", "", "", set(options.help)}};
  std::erase_if(grants, [](const OptionSpec& option) {
    return std::find(std::begin(kNotHere), std::end(kNotHere), option.name) != std::end(kNotHere);
  });
  for (OptionSpec& option : grants) {
    if (option.name == "--timeout") option.help = "end a call after this much time (default 1m)";
    if (option.name == "--max-output")
      option.help = "drop what is printed beyond this (default 4M)";
  }
  table.insert(table.begin(), transport.begin(), transport.end());
  table.insert(table.end(), grants.begin(), grants.end());
  table.insert(table.end(), others.begin(), others.end());
  return table;
}

namespace {

Result<McpOptions> ParseWords(std::vector<std::string_view> words, const std::string& config) {
  McpOptions options;
  options.grants.wall_ms = options.settings.wall_ms;
  options.grants.output_bytes = uint64_t{4} << 20;
  McpHttpChoice http;
  std::vector<OptionSpec> table = McpOptionTable(options, http);
  Status status = config.empty() ? Ok() : ReadConfig(config, table);
  bool mode = false;
  ArgumentReader reader(std::move(words));
  while (status.ok()) {
    status = reader.ReadOptions(table);
    if (!status.ok() || reader.empty()) break;
    std::string_view word = reader.Take();
    if (mode || !ReadTransport(word, http)) {
      return Fail(
          CallerError("'v8py mcp' takes options, and 'stdio' or 'streamable-http', but not '" +
                      std::string(word) + "' (see 'v8py mcp --help')"));
    }
    mode = true;
  }
  if (!status.ok()) return Fail(status);
  if (options.help) return options;
  auto where = TakeHttp(std::move(http));
  if (!where) return Fail(where.error());
  options.http = std::move(*where);
  Describe(options);
  return options;
}

}  // namespace

Result<McpOptions> ParseMcpOptions(std::vector<std::string_view> words) {
  Result<McpOptions> options = ParseWords(words, "");
  if (!options || options->grants.config.empty() || options->help) return options;
  return ParseWords(std::move(words), options->grants.config);
}

}  // namespace v8py
