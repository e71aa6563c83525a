#include "cli/requirements.h"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "cli/toml.h"

namespace v8py {

namespace {

constexpr int kMaxDepth = 8;  // of files that name files

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

Result<std::vector<std::string>> TextsOf(const Json& list, const std::string& what) {
  std::vector<std::string> texts;
  if (list.is_null()) return texts;
  bool fits = list.is_array();
  for (const Json& item : list) fits = fits && item.is_string();
  if (!fits) return Fail(CallerError(what + " is no list of texts"));
  return list.get<std::vector<std::string>>();
}

// The content of a block: lines "# …" without their beginning. Nothing when a line is none of them.
std::optional<std::string> BlockLine(std::string_view line) {
  if (line == "#") return "";
  if (line.starts_with("# ")) return std::string(line.substr(2));
  return std::nullopt;
}

// Where a comment begins: at the line's beginning or after a space.
size_t CommentAt(std::string_view line) {
  size_t at = line.find('#');
  while (at != std::string_view::npos && at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t') {
    at = line.find('#', at + 1);
  }
  return at;
}

Status ReadList(const std::string& path, int depth, std::vector<std::string>& found) {
  std::ifstream in(path);
  if (!in) return CallerError(ErrnoError("open " + path, errno).message());
  // A folder opens, and has no lines.
  if (in.peek(), in.bad()) return CallerError(path + " is no file");
  if (depth > kMaxDepth) return CallerError(path + ": files of requirements that name each other");
  std::string line, part;
  for (int number = 1; std::getline(in, part); ++number) {
    if (part.ends_with('\r')) part.pop_back();
    line += part;
    if (line.ends_with('\\')) {
      line.pop_back();
      if (in.peek() != EOF) continue;
    }
    std::string text(Trim(std::string_view(line).substr(0, CommentAt(line))));
    line.clear();
    if (text.empty()) continue;
    bool other = text.starts_with("-r ") || text.starts_with("--requirement ");
    if (other) {
      std::string name(Trim(std::string_view(text).substr(text.find(' '))));
      size_t slash = path.rfind('/');
      bool relative = !name.starts_with('/') && slash != std::string::npos;
      Status status =
          ReadList(relative ? path.substr(0, slash + 1) + name : name, depth + 1, found);
      if (!status.ok()) return status;
      continue;
    }
    size_t hash = text.find(" --hash=");
    if (text.starts_with('-') || hash != std::string::npos) {
      return CallerError(
          path + ", line " + std::to_string(number) + ": '" +
          text.substr(hash == std::string::npos ? 0 : hash + 1, 40) +
          "' is for pip; v8py has options of its own for it (see 'v8py exec --help'), "
          "and 'v8py lock' for hashes");
    }
    found.push_back(std::move(text));
  }
  return Ok();
}

Result<std::string> ReadWhole(const std::string& path) {
  std::ifstream in(path);
  if (!in) return Fail(CallerError(ErrnoError("open " + path, errno).message()));
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The dependencies of a table; its `requires-python` is one of "python", which the resolver knows.
Result<std::vector<std::string>> WithPython(const Json& table, const std::string& name) {
  auto found = TextsOf(table.value("dependencies", Json()), name + ": dependencies");
  const Json& python = table.value("requires-python", Json());
  if (!found || python.is_null()) return found;
  std::string versions = python.is_string() ? python.get<std::string>() : "";
  if (versions.find_first_of("<>=!~") != 0) {
    return Fail(CallerError(name + ": requires-python says which versions, as \">=3.12\""));
  }
  found->push_back("python" + versions);
  return found;
}

}  // namespace

Result<std::vector<std::string>> ScriptRequirements(std::string_view source,
                                                    const std::string& name) {
  std::vector<std::string> none;
  // Most programs have none.
  if (source.find("# /// script") == std::string_view::npos) return none;
  std::istringstream in{std::string(source)};
  std::string line;
  std::optional<std::string> block;
  bool open = false;
  while (std::getline(in, line)) {
    if (line.ends_with('\r')) line.pop_back();
    if (!open) {
      if (line != "# /// script") continue;
      if (block) return Fail(CallerError(name + " has two blocks '# /// script'"));
      block = "";
      open = true;
      continue;
    }
    open = line != "# ///";
    auto content = BlockLine(line);
    if (!content) return Fail(CallerError(name + ": the block '# /// script' has no end '# ///'"));
    if (open) *block += *content + "\n";
  }
  if (open) return Fail(CallerError(name + ": the block '# /// script' has no end '# ///'"));
  if (!block) return none;
  Result<Json> table = ParseToml(*block, name + ": # /// script");
  if (!table) return Fail(table.error());
  return WithPython(*table, name);
}

Result<std::vector<std::string>> FileRequirements(const std::string& path) {
  if (!path.ends_with(".toml")) {
    std::vector<std::string> found;
    Status status = ReadList(path, 0, found);
    if (!status.ok()) return Fail(status);
    return found;
  }
  Result<std::string> text = ReadWhole(path);
  if (!text) return Fail(text.error());
  Result<Json> table = ParseToml(*text, path);
  if (!table) return Fail(table.error());
  Json project = table->value("project", Json::object());
  if (!project.is_object()) return Fail(CallerError(path + ": [project] is no table"));
  return WithPython(project, path);
}

}  // namespace v8py
