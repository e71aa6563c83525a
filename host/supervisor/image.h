// A process image as the supervisor keeps it: a file whose first bytes, the label, say what it was
// made from. An image is machine code, so it is refused unless the label fits this installation and
// this processor, the file is ours, and its bytes are those that were written.
//
// Reading 100 MB to know that they are unchanged would cost more than the start that an image is
// for. So, as git does with its index: a file that was verified once is trusted as long as its
// inode, size and times of change stay the same (the stamp, a file beside it), and verified again
// when they do not.
#pragma once

#include <string>

#include "base/status.h"
#include "supervisor/image_label.h"
#include "supervisor/install.h"
#include "supervisor/worker_process.h"

namespace v8py {

class Image {
 public:
  enum class Check { kStamp, kBytes };
  // kWorld, with the reason, when the file is missing or refused. kBytes ignores the stamp.
  static Result<Image> Open(const std::string& path, const Install& install, Check check);
  // Labels the file behind `fd`, which a worker has just saved, and makes it complete.
  static Status Seal(int fd, const Install& install, const ImageContents& contents);

  Image(Image&& other) noexcept;
  Image& operator=(Image&&) = delete;
  ~Image();

  const ImageLabel& label() const { return label_; }
  const std::string& path() const { return path_; }
  // Whether the process that continues runs a program or forks others that do.
  enum class Use { kWorker, kZygote };
  // How a worker continues from this image. Valid as long as this object.
  WorkerCommand Command(const Install& install, Use use) const;

 private:
  Image(std::string path, int fd, ImageLabel label)
      : path_(std::move(path)), fd_(fd), label_(std::move(label)) {}

  std::string path_;
  int fd_;
  ImageLabel label_;
};

}  // namespace v8py
