#include "python/assets.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "asset_hashes.h"
#include "python/sha256.h"

namespace v8py {

namespace {

Result<std::string_view> Map(const std::string& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Fail(ErrnoError("open " + path, errno));
  struct stat info {};
  void* data = MAP_FAILED;
  if (fstat(fd, &info) == 0 && info.st_size > 0) {
    data = mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
                0);
  }
  int error = errno;
  close(fd);
  if (data == MAP_FAILED) {
    return Fail(info.st_size == 0 ? WorldError(path + " is empty")
                                  : ErrnoError("map " + path, error));
  }
  return std::string_view(static_cast<char*>(data), static_cast<size_t>(info.st_size));
}

}  // namespace

Result<Assets> Assets::Load(const std::string& folder) {
  Assets assets;
  for (const AssetHash& expected : kAssetHashes) {
    std::string path = folder + "/" + std::string(expected.name);
    Result<std::string_view> bytes = Map(path);
    if (!bytes) return Fail(bytes.error());
    assets.files_.emplace(expected.name, *bytes);
    if (bytes->size() != expected.size || Sha256(*bytes) != expected.sha256) {
      return Fail(WorldError(path + " is corrupted: its SHA-256 is not the pinned one; run "
                                    "'tools/dev setup' or install v8py again"));
    }
  }
  return assets;
}

Assets::~Assets() {
  for (const auto& [name, bytes] : files_) {
    munmap(const_cast<char*>(bytes.data()), bytes.size());
  }
}

std::string_view Assets::Get(std::string_view name) const {
  auto found = files_.find(name);
  return found == files_.end() ? std::string_view() : found->second;
}

}  // namespace v8py
