#include "supervisor/install.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "os/library_path.h"

namespace v8py {

namespace {

Result<std::string> RealFolder(const std::string& folder) {
  char* real = realpath(folder.c_str(), nullptr);
  if (!real) return Fail(ErrnoError("v8py's home folder " + folder, errno));
  std::string path(real);
  free(real);
  return path;
}

std::string EnvironmentOr(const char* name, const std::string& otherwise) {
  const char* value = getenv(name);
  return value && *value ? value : otherwise;
}

}  // namespace

Result<Install> Install::Find(const std::string& home) {
  std::string folder = home;
  if (folder.empty()) folder = EnvironmentOr("V8PY_HOME", FolderOfThisLibrary() + "/..");
  Result<std::string> real = RealFolder(folder);
  if (!real) return Fail(real.error());
  Install install;
  install.home_ = *real;
  std::ifstream file(install.home_ + "/share/v8py/build.json", std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  Result<Json> versions = ParseJson(text.str());
  if (versions && versions->is_object()) install.versions_ = *versions;
  std::ifstream(install.build_id_file()) >> install.build_id_;
  return install;
}

Result<WorkerCommand> Install::Worker() const {
  for (const std::string& file : {worker(), loader(), assets()}) {
    if (access(file.c_str(), R_OK) == 0) continue;
    return Fail(ErrnoError("the worker cannot start: " + file, errno)
                    .While("v8py's installation is incomplete (build it with 'tools/dev build', or "
                           "set V8PY_HOME)"));
  }
  WorkerCommand command{
      {loader(), "--library-path", libraries(), worker(), "--socket=3", "--assets=" + assets()}};
  std::string boot_dir = BootFolder();
  if (!boot_dir.empty()) command.words.push_back("--boot-dir=" + boot_dir);
  return command;
}

Result<WorkerCommand> Install::SavingWorker(int output, int packages) const {
  Result<WorkerCommand> command = Worker();
  if (!command) return command;
  command->words.insert(command->words.end(), {"--save=4", "--root=" + home_});
  command->descriptors.push_back(output);
  if (packages >= 0) {
    command->words.push_back("--packages=5");
    command->descriptors.push_back(packages);
  }
  // Two leave traces in memory that another process cannot continue with: an area of the kernel's,
  // and guard pages that no mapping shows. The third: more small pieces of memory are used again
  // before others are touched, which a forked process would have to copy.
  command->environment.push_back(
      "GLIBC_TUNABLES=glibc.pthread.rseq=0:glibc.pthread.stack_cache_size=0:"
      "glibc.malloc.tcache_count=100");
  return command;
}

std::string Install::abi() const {
  constexpr std::string_view kPrefix = "pyemscripten_";
  std::string tag = versions_.contains("abi") ? DumpJson(versions_["abi"]) : "";
  size_t at = tag.find(kPrefix);
  if (at == std::string::npos) return "unknown";
  return tag.substr(at + kPrefix.size(), tag.size() - 1 - at - kPrefix.size());
}

std::string Install::BootFolder() { return EnvironmentOr("V8PY_BOOT_DIR", ""); }

}  // namespace v8py
