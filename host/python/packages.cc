#include "python/packages.h"

#include <unistd.h>

#include <cerrno>

#include "python/sha256.h"

namespace v8py {

namespace {

Status ReadExactly(int fd, char* bytes, size_t size) {
  while (size > 0) {
    ssize_t got = read(fd, bytes, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError("read the bundle of packages", errno);
    if (got == 0) return WorldError("the bundle of packages is truncated");
    bytes += got;
    size -= static_cast<size_t>(got);
  }
  return Ok();
}

}  // namespace

Result<Packages> Packages::Read(int fd) {
  std::string head(kBundleLength, '\0');
  Status status = ReadExactly(fd, head.data(), head.size());
  if (status.ok()) {
    head.resize(DecodeBundleLength(head));
    status = ReadExactly(fd, head.data(), head.size());
  }
  if (!status.ok()) return Fail(status);
  Result<PackageBundle> bundle = DecodeBundleHead(head);
  if (!bundle) return Fail(bundle.error());
  Packages packages{std::move(bundle->lock), {}, std::move(bundle->preload)};
  for (PackageBundle::Wheel& wheel : bundle->wheels) {
    auto bytes = std::make_unique_for_overwrite<char[]>(wheel.size);
    status = ReadExactly(fd, bytes.get(), wheel.size);
    if (!status.ok()) return Fail(status);
    if (Sha256({bytes.get(), wheel.size}) != wheel.sha256) {
      return Fail(WorldError(wheel.file + " is corrupted: its SHA-256 is not the one of " +
                             "pyodide-lock.json; fetch the distribution again"));
    }
    packages.wheels.push_back({std::move(wheel.file), wheel.size, std::move(bytes)});
  }
  return packages;
}

}  // namespace v8py
