#include "python/boot_files.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "boot_files_embedded.h"

namespace v8py {

Result<BootFiles> BootFiles::Load(const std::string& folder) {
  BootFiles files;
  for (const EmbeddedFile& file : kBootScripts) {
    files.scripts_.push_back({std::string(file.name), file.bytes});
  }
  for (const EmbeddedFile& file : kGuestModules) {
    files.modules_.push_back({std::string(file.name), file.bytes});
  }
  for (const EmbeddedFile& file : kWarmUpPrograms) {
    files.warm_up_.push_back({std::string(file.name), file.bytes});
  }
  for (const EmbeddedFile& file : kPackageWarmUpPrograms) {
    files.package_warm_up_.push_back({std::string(file.name), file.bytes});
  }
  if (folder.empty()) return files;
  Status status = files.ReplaceFrom(folder + "/js/", files.scripts_);
  if (status.ok()) status = files.ReplaceFrom(folder + "/pyodide-assets/guest/", files.modules_);
  if (status.ok()) status = files.ReplaceFrom(folder + "/pyodide-assets/warmup/", files.warm_up_);
  if (!status.ok()) return Fail(status.While("--boot-dir"));
  return files;
}

std::vector<BootFile> BootFiles::WarmUpOf(const std::vector<std::string>& modules) const {
  std::vector<BootFile> programs;
  for (const BootFile& file : package_warm_up_) {
    std::string module = file.name.substr(0, file.name.rfind(".py"));
    if (std::find(modules.begin(), modules.end(), module) != modules.end())
      programs.push_back(file);
  }
  return programs;
}

// A file that the folder does not have (the bundled web APIs, which are made by the build) stays as
// embedded.
Status BootFiles::ReplaceFrom(const std::string& folder, std::vector<BootFile>& files) {
  size_t found = 0;
  for (BootFile& file : files) {
    std::ifstream in(folder + file.name, std::ios::binary);
    if (!in) continue;
    std::stringstream text;
    text << in.rdbuf();
    read_.push_back(new std::string(text.str()));
    file.text = *read_.back();
    ++found;
  }
  if (found == 0) return WorldError("no boot file in " + folder);
  return Ok();
}

}  // namespace v8py
