#include "supervisor/packages/pack_maker.h"

#include <fcntl.h>

#include <cerrno>

#include "supervisor/packages/pack_seal.h"

namespace v8py {

namespace {

// The wheel to be read, a folder to write the pack into, and nothing else.
Result<std::shared_ptr<const Access>> PackerAccess(const std::string& wheel,
                                                   const std::string& folder) {
  AccessWish wish;
  wish.rules.push_back({AccessWish::Right::kRead, true, wheel + ":/in"});
  wish.rules.push_back({AccessWish::Right::kWrite, true, folder + ":/out"});
  return MakeAccess(wish, {});
}

}  // namespace

Result<Descriptor> OpenOrMakePack(const PackageCache& cache, const WheelFile& wheel,
                                  const RunToEnd& run,
                                  const std::function<void(const std::string&)>& progress) {
  using Kind = PackageCache::Kind;
  // Libraries have other places: a lock that calls a wheel one shall not spoil its pack for others.
  std::string name = wheel.sha256 + (wheel.libraries ? "-libraries" : "");
  Descriptor pack = cache.Open(Kind::kPack, name);
  if (pack.ok()) return pack;
  Result<Descriptor> lock = cache.Lock(Kind::kPack, wheel.sha256);
  if (!lock) return Fail(lock.error());
  // Somebody else may have made it meanwhile.
  pack = cache.Open(Kind::kPack, name);
  if (pack.ok()) return pack;
  progress("preparing " + wheel.file_name);
  Result<PackageCache::Draft> draft = cache.NewDraft();
  if (!draft) return Fail(draft.error());
  auto access = PackerAccess(cache.PathOf(Kind::kWheel, wheel.sha256), draft->folder());
  if (!access) return Fail(access.error());
  Result<Json> said = RunInnerProgram(
      run, "_v8py_pack", {wheel.file_name, wheel.libraries ? "libraries" : "wheel"}, *access);
  if (!said) return Fail(said.error().While(wheel.file_name));
  if (said->is_object() && said->contains("error")) {
    return Fail(
        WorldError(wheel.file_name + " cannot be installed: " + DumpJson((*said)["error"])));
  }
  std::string path = draft->Path("pack");
  Descriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file.ok()) return Fail(ErrnoError("open " + path, errno));
  Status status = Seal(file.get());
  if (status.ok()) status = cache.Keep(path, Kind::kPack, name);
  if (!status.ok()) return Fail(status);
  return cache.Open(Kind::kPack, name);
}

}  // namespace v8py
