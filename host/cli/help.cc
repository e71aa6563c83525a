#include "cli/help.h"

#include "base/json.h"
#include "cli/exec_options.h"
#include "cli/mcp_options.h"
#include "include/v8py.h"

namespace v8py {

namespace {

// What a group of options is about; it begins with this one.
constexpr std::pair<std::string_view, std::string_view> kGroups[] = {
    {"--timeout", "Limits:"},
    {"--allow-read", "Files of this machine (a denial counts more than what is allowed):"},
    {"--allow-net", "Network:"},
    {"--with", "Packages:"},
    {"--allow-env", "Everything else:"}};

// A line for each option that has a text.
std::string OptionLines(const std::vector<OptionSpec>& options) {
  constexpr size_t kColumn = 29;
  std::string lines;
  for (const OptionSpec& option : options) {
    if (option.help.empty()) continue;
    for (const auto& [first, title] : kGroups) {
      if (option.name == first) lines += "\n" + std::string(title) + "\n";
    }
    std::string left = "  " + std::string(option.name);
    std::string value(option.value);
    if (!value.empty()) left += option.alone.empty() ? " " + value : "[=" + value + "]";
    left.resize(std::max<size_t>(left.size() + 2, kColumn), ' ');
    lines += left + std::string(option.help) + "\n";
  }
  return lines;
}

}  // namespace

std::string MainHelp() {
  return R"(v8py runs Python that you do not trust: CPython in WebAssembly in V8, in a process without rights.

Usage: v8py COMMAND …

  exec FILE [ARG…]     run a program, as python3 would       v8py exec --help
  exec -c CODE         run a line of code
  mcp                  serve MCP clients: agents and editors that run Python
  image                the memory of a ready interpreter, from which others start in milliseconds
  daemon               keeps interpreters ready, so that exec starts in less than python3 does
  lock                 write down which packages a program gets: versions, places, hashes
  bundle               packages as a folder, for a machine without a network
  packages             look up which there are
  cache                the packages that were fetched
  doctor               what is installed, what is missing, what to do

  --version            versions of v8py, V8, Pyodide and Python
  --help               this text

Environment:
  V8PY_LOG=debug       log lines on standard error (TOPIC=LEVEL,… or LEVEL)
  V8PY_HOME=FOLDER     where v8py is installed, when it is not beside this program
  V8PY_DAEMON=off      exec uses no daemon, also when there is one
)";
}

std::string ExecHelp() {
  std::string text =
      R"(Run a Python program in the sandbox: a fresh interpreter, hard limits, and no rights but those you give.

Usage: v8py exec [OPTION…] FILE [ARG…]
       v8py exec [OPTION…] -c CODE [OPTION…] [ARG…]
       v8py exec [OPTION…] -m MODULE [ARG…]
       v8py exec [OPTION…] - [ARG…]          the program comes from standard input

Options:
)";
  ExecOptions unused;
  text += OptionLines(ExecOptionTable(unused));
  text += R"(
Words after FILE, after MODULE and after -- are the program's. Durations: 250ms, 5s, 2m, 1h. Sizes:
64K, 256M, 1G. "none" switches a limit off. Time counts from the program's first line.

Exit codes:
  0      the program ended well        N    it called sys.exit(N)
  1      an uncaught exception         2    wrong use of this command
  121    v8py could not run it         122  a permission was missing
  123    the memory limit was hit      124  a time limit was hit
  125    the interpreter crashed or was killed
  130    interrupted (129, 143: by SIGHUP, SIGTERM)
  141    nobody reads the output any more
With --json the field "status" says the same without doubt.

Examples:
  v8py exec hello.py --name World
  v8py exec -c 'print(2**100)'
  v8py exec --timeout 5s --memory 256M untrusted.py < input.csv
  v8py exec --allow-read=data.csv --files-out out --with pandas report.py
  v8py exec --allow-net=api.example.com --with requests client.py
  v8py exec --json -c '[n * n for n in range(4)]'
)";
  return text;
}

std::string McpHelp() {
  std::string text =
      R"(Serve the Model Context Protocol, on standard input and output or HTTP: tools that run Python in the sandbox,
in a fresh interpreter or in a session that is kept, for agents and editors.

Usage: v8py mcp [OPTION…] [stdio | streamable-http | streamable-http-stateless]
       v8py mcp config CLIENT [OPTION…]   print the configuration for claude, claude-code, cline, cursor, vscode,
                                          windsurf or zed

Options:
)";
  McpOptions unused;
  McpHttpChoice http;
  text += OptionLines(McpOptionTable(unused, http));
  text += R"(
Limits and permissions are those of each call; its arguments can only lower them. Default time limit: 1m.

Packages of --with are found imported as soon as there is an image of them, which is made in the background
after the first call, or by 'v8py image build' with the same options; until then each call imports them. An
image keeps the versions that there were when it was made. V8PY_IMAGE=use makes none, V8PY_IMAGE=off uses none.

HTTP is for clients of this machine, unless it listens elsewhere: then they must give a token. Pages of other sites
are refused. The words streamable-http (with sessions) and streamable-http-stateless are as --http 127.0.0.1:3001.

The lines of --telemetry are what the OpenTelemetry Collector's receiver otlpjsonfile reads. They have names, times,
figures and outcomes, but no programs, values, output or session ids. Several servers may share a file.

Beside these mcp-run-python's own: --deps, --dependencies (as --with), --disable-networking, --port. Exit codes: 0 when
the client has gone, 2 for wrong use, 128 and its number for a signal.
)";
  return text;
}

std::string ImageHelp() {
  std::string text =
      R"(Images: the memory of an interpreter that has booted and warmed up. Every run continues from one, which
takes milliseconds instead of seconds. The image "base" is made at set-up, or when it is first wanted;
others hold packages that are unpacked, imported and warm.

Usage: v8py image build             make the image "base", if it is not there
       v8py image build OPTION…     make one with packages
       v8py image list              the images of this installation and this user
       v8py image info [NAME|FILE]  what is in one; exit code 1 when it cannot be used
       v8py image verify            as list; exit code 1 when one of them cannot be used
       v8py image prune             delete those that cannot be used, and what interrupted builds left

Options of build:
  --preload MODULES         import these (default: the module that each package is there for; "none")
  --name NAME               what it is called (default: its packages)
  -o FILE                   write it to FILE, not into the store
)";
  PackageOptions unused;
  return text + OptionLines(PackageOptionTable(unused)) + R"(
Example:
  v8py image build --with numpy,pandas
  v8py exec --image numpy,pandas -c 'import numpy; print(numpy.arange(10).sum())'

An image is used only by the build that made it, on the kind of processor that it was made on, and only
when its bytes are unchanged. Anything else is refused, and the run boots an interpreter from nothing.
'v8py mcp --with PACKAGES' uses one that was made with the same options, and makes it (auto-…) if there is none.

Environment:
  V8PY_IMAGE=off       use no image, make none
  V8PY_IMAGE=use       use the image that is there, make none
)";
}

std::string DaemonHelp() {
  return R"(The daemon keeps interpreters forked, warm and ready. While it is there, each 'v8py exec' of the same
user and installation takes one, and does otherwise all that it does without: same results, limits
and exit codes. It is met at a socket that nobody else can reach.

Usage: v8py daemon start [OPTION…]     start it in the background; back when it is ready
       v8py daemon stop [--now]        end it, with the programs that use it; --now kills them
       v8py daemon status [--json]     what it does; exit code 1 when there is none

Options:
  --image NAME             the daemon of 'v8py exec --image NAME'; each image has its own

Options of start:
  --guests N               interpreters that wait, 1 to 1000 (default 2)
  --idle-timeout DURATION  end when no program came for so long (default 10m; none: never)
  --foreground             stay, log to standard error, end at a signal (a second one kills)

It ends by itself when nobody needs it, and when its image or installation changes. Programs count
to its share of the machine (nice, ulimit, cgroup), not to that of the shell that runs exec.

Environment:
  V8PY_DAEMON=off          exec uses no daemon
  XDG_RUNTIME_DIR          where the socket is, in v8py/ (otherwise /tmp/v8py-UID)
  XDG_STATE_HOME           where the log is, in v8py/daemon.log (otherwise ~/.local/state)
)";
}

std::string CacheHelp() {
  return R"(The cache of packages: wheels as they were fetched, what was made of them to be mounted, and pages of
indexes. Programs share it and cannot write to it. It is in $V8PY_CACHE, $XDG_CACHE_HOME/v8py or ~/.cache/v8py.

Usage: v8py cache info       where it is, and how large
       v8py cache verify     read all of it; delete what is not what it was (exit code 1)
       v8py cache prune      delete what was not used for a month, and what was never finished
       v8py cache clean      delete all of it; programs that run keep what they have
)";
}

std::string LockHelp() {
  std::string text =
      R"(Decide which packages a program gets: write down the version, the place and the SHA-256 of each, so that
'v8py exec --locked' takes these and no others. The lock is a pylock.toml (PEP 751).

Usage: v8py lock [OPTION…] FILE     of the block '# /// script' in FILE (PEP 723), as FILE.lock
       v8py lock [OPTION…]          of --with and -r, as pylock.toml

Options:
  -o FILE                 where to write it
)";
  PackageOptions unused;
  return text + OptionLines(PackageOptionTable(unused)) + R"(
Examples:
  v8py lock report.py && v8py exec --locked report.py
  v8py lock --with pandas,requests && v8py exec --locked --with pandas,requests -c 'import pandas'
)";
}

std::string BundleHelp() {
  std::string text =
      R"(Put packages, and what they depend on, into a folder that can be carried to a machine without a network:
their wheels, and a pyodide-lock.json that says their versions and SHA-256. It is a distribution of Pyodide.

Usage: v8py bundle -o FOLDER [OPTION…] FILE     of the block '# /// script' in FILE (PEP 723)
       v8py bundle -o FOLDER [OPTION…]          of --with and -r

Options:
  -o FOLDER               where to make it; not there yet
)";
  PackageOptions unused;
  return text + OptionLines(PackageOptionTable(unused)) + R"(
Example:
  v8py bundle -o wheels report.py
  v8py exec --packages-from wheels --offline report.py     there
)";
}

std::string PackagesHelp() {
  std::string text = R"(Look up packages.

Usage: v8py packages list [OPTION…]          those of Pyodide's distribution: compiled for WebAssembly, or pure
       v8py packages search [OPTION…] WORD   of these, the ones with WORD in a name
       v8py packages info [OPTION…] NAME     the versions of one that work here, in all sources, and what it needs

Options:
  --json                  as JSON
)";
  PackageOptions unused;
  std::vector<OptionSpec> table = PackageOptionTable(unused);
  std::erase_if(table, [](const OptionSpec& option) {
    return option.name == "--with" || option.name == "-r";
  });
  return text + OptionLines(table) + R"(
The Python index has more that is pure Python, and is not searched: 'v8py packages info NAME' asks it for one.
)";
}

std::string VersionText() {
  std::string text = "v8py " + std::string(v8py_version()) + "\n";
  v8py_runtime* runtime = nullptr;
  v8py_error* error = v8py_runtime_new(nullptr, &runtime);
  if (error) {
    text += std::string(v8py_error_message(error)) + "\n";
    v8py_error_free(error);
    return text;
  }
  Result<Json> versions = ParseJson(v8py_runtime_versions_json(runtime));
  v8py_runtime_free(runtime);
  for (auto [key, name] : {std::pair{"v8", "V8"}, {"pyodide", "Pyodide"}, {"python", "Python"}}) {
    bool known = versions && versions->contains(key) && (*versions)[key].is_string();
    text += std::string(name) + " " +
            (known ? (*versions)[key].get<std::string>() : std::string("unknown")) + "\n";
  }
  return text;
}

}  // namespace v8py
