// The texts of --help and --version.
#pragma once

#include <string>

namespace v8py {

std::string MainHelp();
std::string ExecHelp();
std::string McpHelp();
std::string ImageHelp();
std::string DaemonHelp();
std::string CacheHelp();
std::string LockHelp();
std::string BundleHelp();
std::string PackagesHelp();
std::string VersionText();

}  // namespace v8py
