// What `v8py exec` was asked to do.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "cli/arguments.h"
#include "cli/package_options.h"

namespace v8py {

struct ExecOptions {
  enum class Source { kFile, kCode, kModule, kStandardInput } source = Source::kStandardInput;
  std::string program;  // the file's name, the code or the module's name
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::optional<uint64_t> wall_ms, cpu_ms, memory_bytes, output_bytes, files_bytes, net_bytes;
  struct Permission {
    bool allow;
    std::string name, values;
  };
  std::vector<Permission> permissions;
  std::string audit, files_out;
  std::optional<std::string> variables;  // JSON
  std::string config;                    // a file with more options
  PackageOptions packages;
  bool prompt = false;
  bool locked = false;
  std::string lock;   // the lock, once it is read
  std::string image;  // the name or the file; "": the usual one
  enum class Output { kStreams, kJson } output = Output::kStreams;
  bool stats = false;
  bool explain = false;
  bool help = false;
};

// The options of `v8py exec`, which write into `options`. Also what `--help` lists.
std::vector<OptionSpec> ExecOptionTable(ExecOptions& options);
// Applies a TOML file whose keys are names of those options, without their dashes. A list applies
// an option several times. kCaller naming the file and the key.
Status ReadConfig(const std::string& path, std::span<const OptionSpec> options);
// Words after `v8py exec`. kCaller for what makes no sense.
Result<ExecOptions> ParseExecOptions(std::vector<std::string_view> words);

}  // namespace v8py
