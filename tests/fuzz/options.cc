// Words after `v8py mcp`, one a line, up to an empty line; what follows is the file of --config.
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include "cli/grant.h"
#include "cli/handles.h"
#include "cli/mcp_options.h"
#include "fuzz/fuzz.h"

namespace v8py::fuzz {

namespace {

// A file in memory, with a name.
class File {
 public:
  explicit File(std::string_view text) : descriptor_(memfd_create("config", MFD_CLOEXEC)) {
    Must(write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
         "there is memory for a file");
  }
  ~File() { close(descriptor_); }
  File(const File&) = delete;
  std::string name() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  const int descriptor_;
};

// Options that read a file get one of ours, or an empty one, which may name no others: none of this
// machine's, which may have no end.
std::vector<std::string> PointAt(const std::string& file,
                                 const std::vector<std::string_view>& words) {
  const std::pair<std::string_view, std::string> reading[] = {
      {"--config", file}, {"--http-token-file", file}, {"-r", "/dev/null"}};
  std::vector<std::string> pointed;
  std::string next;  // what the word that follows is
  for (std::string_view word : words) {
    if (!next.empty()) {
      pointed.push_back(std::exchange(next, ""));
      continue;
    }
    pointed.emplace_back(word);
    for (const auto& [option, path] : reading) {
      std::string joined = std::string(option) + (option[1] == '-' ? "=" : "");
      if (word == option)
        next = path;
      else if (word.starts_with(joined))
        pointed.back() = joined + path;
    }
  }
  return pointed;
}

void CheckOptions(const McpOptions& options) {
  const mcp::Settings& settings = options.settings;
  Must(settings.sessions >= 1 && settings.sessions <= 1000, "sessions are in their range");
  Must(settings.concurrency >= 1 && settings.concurrency <= 100, "concurrency is in its range");
  Must(settings.pool >= 1 && settings.pool <= 1000, "the pool is in its range");
  Must(settings.wall_ms > 0 && settings.memory_bytes > 0, "a limit lets something run");
  OptionsHandle target(v8py_options_new());
  Error error(Grant(target.get(), options.grants));
  Must(!error || v8py_error_get_code(error.get()) == V8PY_ERROR_CALLER,
       "what cannot be granted is the caller's mistake");
}

}  // namespace

}  // namespace v8py::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace v8py;
  using namespace v8py::fuzz;
  std::string_view text = Text(data, size);
  if (text.find('\0') != text.npos) return -1;  // no word of a command line has one
  size_t end = text.find("\n\n");
  std::string_view config = end == text.npos ? "" : text.substr(end + 2);
  // toml++ 3.3 runs into its own "unreachable" at U+02CC, which is not ours to mend.
  for (unsigned char c : config) {
    if (c >= 0x80) return -1;
  }
  File file(config);
  std::vector<std::string> words = PointAt(file.name(), Lines(text.substr(0, end)));
  Result<McpOptions> options = ParseMcpOptions({words.begin(), words.end()});
  if (options) {
    if (!options->help) CheckOptions(*options);
  } else {
    Must(options.error().code() == Code::kCaller, "a wrong word is the caller's mistake",
         options.error().message());
    Must(!options.error().message().empty(), "a refusal says why");
  }
  return 0;
}
