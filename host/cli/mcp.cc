#include "cli/mcp.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/log.h"
#include "cli/background_image.h"
#include "cli/grant.h"
#include "cli/handles.h"
#include "cli/image.h"
#include "cli/output.h"
#include "include/v8py.h"
#include "mcp/http/server.h"
#include "mcp/service.h"
#include "mcp/stdio.h"
#include "mcp/telemetry.h"

namespace v8py {

namespace {

// A block this large goes back to the system when it is freed. Otherwise glibc keeps what results
// of many calls at once have needed, for each thread: half a gigabyte once, and for ever.
constexpr int kLargeBlock = 256 << 10;

Error Check(const ExecOptions& grants) {
  v8py_runtime* raw_runtime = nullptr;
  Error error(v8py_runtime_new(nullptr, &raw_runtime));
  RuntimeHandle runtime(raw_runtime);
  OptionsHandle options(v8py_options_new());
  if (!error) error.reset(Grant(options.get(), grants));
  if (!error) error.reset(v8py_options_check(raw_runtime, options.get()));
  return error;
}

Status OpenTelemetry(McpOptions& options, mcp::Settings& settings) {
  using enum mcp::Telemetry::Transport;
  if (options.telemetry.empty()) return Ok();
  auto telemetry = mcp::Telemetry::Open(options.telemetry, options.http ? kHttp : kPipe);
  if (!telemetry) return CallerError("--telemetry: " + telemetry.error().message());
  settings.telemetry = std::move(*telemetry);
  auto& permissions = options.grants.permissions;
  bool writes = std::any_of(permissions.begin(), permissions.end(),
                            [](const auto& one) { return one.allow && one.name == "write"; });
  if (!writes) return Ok();
  // A program does not write what is said of it. A comma in a list of paths is written twice.
  std::string path;
  for (char c : options.telemetry) path += c == ',' ? ",," : std::string(1, c);
  permissions.push_back({false, "write", path});
  return Ok();
}

int ServeHttp(const mcp::MakeOffer& make, const mcp::HttpOptions& http) {
  auto ready = [](const std::string& url) { PrintError("MCP at " + url); };
  Result<int> code = mcp::ServeHttp(make, http, ready);
  if (code) return *code;
  PrintError(code.error().message());
  return code.error().code() == Code::kCaller ? kExitUsage : kExitFault;
}

}  // namespace

int Mcp(McpOptions options) {
  std::optional<mcp::ProtocolStreams> streams;
  if (!options.http) {
    auto taken = mcp::ProtocolStreams::Take();
    if (!taken) {
      PrintError(taken.error().message());
      return kExitFault;
    }
    streams = *taken;
    if (isatty(streams->in)) {
      PrintError(
          "this server speaks MCP on standard input and output, and is started by a client; "
          "'v8py mcp --help' says how. Ctrl-D ends it");
    }
  }
  if (options.verbose && !getenv("V8PY_LOG")) {
    [[maybe_unused]] Status status = ConfigureLog("mcp=debug");
  }
  mcp::Settings settings = std::move(options.settings);
  if (Status status = OpenTelemetry(options, settings); !status.ok()) {
    PrintError(status.message());
    return kExitUsage;
  }
  // Wrong grants are told now, not to the first who calls.
  auto grants = std::make_shared<ExecOptions>(std::move(options.grants));
  if (Error error = Check(*grants)) return Report(error);
  // The server itself adds what is not in the interpreters already.
  PackageOptions packages = grants->packages;
  grants->packages.requirements.clear();
  if (grants->image.empty() && !settings.packages.empty()) {
    settings.make_image = [packages](const std::stop_token& stop) {
      return MakeImageInBackground(packages, stop);
    };
  }
  settings.grant = [grants](v8py_options* target) { return Grant(target, *grants); };
  settings.prepare = [grants](v8py_runtime* runtime) -> v8py_error* {
    if (!grants->image.empty()) return v8py_runtime_set_image(runtime, grants->image.c_str());
    EnsureImage(runtime);
    return nullptr;
  };
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  auto make = [&settings](std::function<bool()> hold) {
    return std::make_unique<mcp::Service>(std::move(settings), std::move(hold));
  };
  _exit(streams ? mcp::ServeStdio(make, *streams) : ServeHttp(make, *options.http));
}

}  // namespace v8py
