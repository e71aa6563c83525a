#include "supervisor/files/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace v8py {

namespace {

size_t MaxOpen() {
  constexpr size_t kMax = 4096;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMax;
  return std::min<size_t>(kMax, limit.rlim_cur / 8);
}

}  // namespace

OrErrno<uint64_t> OpenFiles::Add(Descriptor file, const struct stat& is) {
  if (files_.size() >= MaxOpen()) return tl::unexpected(EMFILE);
  files_[++last_] = {std::move(file), is.st_dev, is.st_ino};
  return last_;
}

int OpenFiles::Find(double number) const {
  auto found = files_.find(static_cast<uint64_t>(number));
  return found == files_.end() ? -1 : found->second.descriptor.get();
}

Descriptor OpenFiles::Take(double number) {
  auto found = files_.find(static_cast<uint64_t>(number));
  if (found == files_.end()) return Descriptor();
  Descriptor taken = std::move(found->second.descriptor);
  files_.erase(found);
  return taken;
}

bool OpenFiles::Has(const struct stat& is) const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& entry) {
    return entry.second.device == is.st_dev && entry.second.inode == is.st_ino;
  });
}

}  // namespace v8py
