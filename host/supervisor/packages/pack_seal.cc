#include "supervisor/packages/pack_seal.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "supervisor/packages/sha256.h"

namespace v8py {

namespace {

constexpr off_t kSize = 64;

Result<std::string> HashOfFirst(int fd, off_t size) {
  Result<Sha256> hash = Sha256::Begin();
  if (!hash) return Fail(hash.error());
  std::vector<char> buffer(size_t{1} << 20);
  for (off_t at = 0; at < size;) {
    size_t wanted = std::min(buffer.size(), static_cast<size_t>(size - at));
    ssize_t got = pread(fd, buffer.data(), wanted, at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Fail(ErrnoError("reading a pack", got < 0 ? errno : EIO));
    hash->Add({buffer.data(), static_cast<size_t>(got)});
    at += got;
  }
  return hash->Finish();
}

}  // namespace

Status Seal(int fd) {
  struct stat is;
  if (fstat(fd, &is) != 0) return ErrnoError("sealing a pack", errno);
  Result<std::string> hash = HashOfFirst(fd, is.st_size);
  if (!hash) return hash.error();
  if (pwrite(fd, hash->data(), kSize, is.st_size) != kSize) {
    return ErrnoError("sealing a pack", errno);
  }
  return Ok();
}

Result<bool> IsSealed(int fd) {
  struct stat is;
  if (fstat(fd, &is) != 0) return Fail(ErrnoError("reading a pack", errno));
  if (is.st_size < kSize) return false;
  std::string seal(kSize, '\0');
  if (pread(fd, seal.data(), kSize, is.st_size - kSize) != kSize) {
    return Fail(ErrnoError("reading a pack", errno));
  }
  Result<std::string> hash = HashOfFirst(fd, is.st_size - kSize);
  if (!hash) return Fail(hash.error());
  return *hash == seal;
}

}  // namespace v8py
