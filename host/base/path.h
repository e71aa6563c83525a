// Paths as text: absolute, or relative to a folder, without ".", ".." and "//".
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace v8py {

// Whether `path` is `folder` or below it. "": the folder that relative paths begin at, which all
// are below.
inline bool IsWithin(std::string_view path, std::string_view folder) {
  if (folder.empty() || folder == "/" || path == folder) return true;
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// What follows `folder` in `path`, which is within it; "" for the folder itself.
inline std::string PathBelow(std::string_view path, std::string_view folder) {
  if (folder != "/") path.remove_prefix(folder.size());
  if (path.starts_with("/")) path.remove_prefix(1);
  return std::string(path);
}

// Whether `path` is relative, and without the empty names, "." and ".." that a well-meaning file
// system has resolved. "" is.
inline bool IsPlainPath(std::string_view path) {
  if (path.empty()) return true;
  for (size_t at = 0; at <= path.size();) {
    size_t end = std::min(path.find('/', at), path.size());
    std::string_view name = path.substr(at, end - at);
    if (name.empty() || name == "." || name == "..") return false;
    at = end + 1;
  }
  return path.find('\0') == std::string_view::npos;
}

// Without the slash at its end, which says that it is a folder.
inline std::string WithoutEnd(std::string path) {
  while (path.size() > 1 && path.ends_with("/")) path.pop_back();
  return path;
}

}  // namespace v8py
