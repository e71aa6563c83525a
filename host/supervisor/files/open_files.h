// The files that a guest has opened to write to, by numbers.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>

#include "os/beneath.h"

namespace v8py {

class OpenFiles {
 public:
  // The number of `file`; it is never used again. `is`: the file's. EMFILE when there are too many:
  // others need descriptors, too, other programs and whoever embeds us.
  OrErrno<uint64_t> Add(Descriptor file, const struct stat& is);
  // The descriptor, which stays ours; -1: there is none of this number.
  int Find(double number) const;
  // Gives it back; without one: there was none.
  Descriptor Take(double number);
  // Whether this file is among them.
  bool Has(const struct stat& is) const;

 private:
  struct File {
    Descriptor descriptor;
    dev_t device;
    ino_t inode;
  };

  std::map<uint64_t, File> files_;
  uint64_t last_ = 0;
};

}  // namespace v8py
