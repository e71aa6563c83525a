#include "supervisor/packages/loader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "supervisor/packages/sha256.h"

namespace v8py {

namespace {

bool IsPath(const std::string& requirement) {
  return requirement.ends_with(".whl") || requirement.find('/') != std::string::npos;
}

}  // namespace

Result<WheelFile> PackageLoader::TakeLocalWheel(const std::string& path) {
  using Kind = PackageCache::Kind;
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat is;
  if (!file.ok() || fstat(file.get(), &is) != 0)
    return Fail(CallerError(path + ": " + strerror(errno)));
  if (!S_ISREG(is.st_mode)) return Fail(CallerError(path + " is no file"));
  Result<std::string> hash = Sha256OfFile(file.get());
  if (!hash) return Fail(hash.error().While(path));
  WheelFile wheel{*hash, std::filesystem::path(path).filename(), false};
  if (cache_.Open(Kind::kWheel, *hash).ok()) return wheel;
  Result<PackageCache::Draft> draft = cache_.NewDraft();
  if (!draft) return Fail(draft.error());
  std::string copy = draft->Path("wheel");
  std::error_code error;
  std::filesystem::copy_file(path, copy, error);
  if (error) return Fail(WorldError("copying " + path + ": " + error.message()));
  // The copy is what is used: it may not be what was read first.
  Descriptor copied(open(copy.c_str(), O_RDONLY | O_CLOEXEC));
  Result<std::string> again = Sha256OfFile(copied.get());
  if (!again) return Fail(again.error());
  wheel.sha256 = *again;
  Status status = cache_.Keep(copy, Kind::kWheel, *again);
  if (!status.ok()) return Fail(status);
  return wheel;
}

Result<std::vector<Descriptor>> PackageLoader::Load(const PackageWish& wish) {
  std::vector<Descriptor> packs;
  for (const std::string& requirement : wish.requirements) {
    if (!IsPath(requirement)) return Fail(CallerError("'" + requirement + "' is no wheel's path"));
    Result<WheelFile> wheel = TakeLocalWheel(requirement);
    if (!wheel) return Fail(wheel.error());
    Result<Descriptor> pack = OpenOrMakePack(cache_, *wheel, run_, progress_);
    if (!pack) return Fail(pack.error());
    packs.push_back(std::move(*pack));
  }
  return packs;
}

}  // namespace v8py
