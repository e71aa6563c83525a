// The host's files as a program's calls ask for them: every path is checked by the rules and
// resolved by the kernel beneath its mount, every byte that is written is counted.
// A file that is opened to be read is handed out as a descriptor, so that its content does not go
// through here; writing does.
//
// Calls, with their arguments as an array; `m` is a mount's place in the list, `path` is below it:
//   file.stat     [m, path]
//                 → [mode, size, mtime ms, inode, links, atime ms, ctime ms]
//   file.list     [m, path, after]
//                 → [[name, mode], …], more? (sorted by name, from `after`)
//   file.open     [m, path, write?]
//                 → handle (0: read only), and a descriptor to read from
//   file.write    [handle, offset] + data   → bytes written
//   file.resize   [m, path, size]           file.resizeOpen [handle, size]
//   file.sync     [handle]                  file.close      [handle]
//   file.create   [m, path, mode]           → mode, without what this process's umask takes away
//   file.mkdir    [m, path, mode]           (must not exist, as with create)
//   file.unlink   [m, path]                 file.rmdir      [m, path]
//   file.rename   [m, path, new path]       file.chmod      [m, path, mode]
//   file.touch    [m, path, atime ms, mtime ms]
//   file.readlink [m, path]                 → target
//   file.symlink  [m, path, target]
//   file.statfs   [m]                       → [block size, blocks, free, available]
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "os/descriptor.h"
#include "supervisor/access.h"
#include "supervisor/answer.h"
#include "supervisor/files/open_files.h"

namespace v8py {

class FileService {
 public:
  // Of the program that runs now, and the bytes that it may add to files. What an earlier one of
  // the session has opened stays open. Not while Handle() works.
  void SetAccess(std::shared_ptr<const Access> access, uint64_t run, uint64_t limit);
  // Blocks for as long as the file system does. Thread: any, one call at a time
  Answer Handle(std::string_view name, const Json& arguments, std::string_view data);

 private:
  // An operation with its arguments, checked by type.
  struct Request;
  struct Operation {
    std::string_view name;
    // Of the arguments: "m" mount, "p" path, "n" number, "s" text, "b" flag.
    std::string_view takes;
    Answer (FileService::*function)(Request& request);
  };
  static const Operation kOperations[];

  Answer Stat(Request& request);
  Answer List(Request& request);
  Answer OpenFile(Request& request);
  Answer Write(Request& request);
  Answer Resize(Request& request);
  Answer ResizeOpen(Request& request);
  Answer Sync(Request& request);
  Answer Close(Request& request);
  Answer Create(Request& request);
  Answer MakeFolder(Request& request);
  Answer Unlink(Request& request);
  Answer RemoveFolder(Request& request);
  Answer Rename(Request& request);
  Answer ChangeMode(Request& request);
  Answer Touch(Request& request);
  Answer ReadLink(Request& request);
  Answer MakeLink(Request& request);
  Answer StatFs(Request& request);

  // Checks a permission and notes the decision; gives the refusal, if it is one. Of reading a
  // file's attributes only refusals are noted.
  enum class Note { kAlways, kRefusals };
  std::optional<Answer> CheckAccess(const Request& request, FileRules::Right right,
                                    Note note = Note::kAlways);
  std::optional<Answer> CheckTree(const Request& request, std::string_view path);
  // Changes the size of an open file, within what may be written.
  Answer SetSize(int fd, uint64_t size);
  // Takes so many bytes of what may be written; false when there are not so many.
  bool Charge(uint64_t bytes);
  void Credit(uint64_t bytes);
  // A name of this file or folder is gone. Its bytes may not be: they are given back with the last
  // name, or when the last of our handles is closed.
  void CreditName(const struct stat& was);

  std::shared_ptr<const Access> access_;
  uint64_t run_ = 0;
  uint64_t limit_ = 0;
  uint64_t written_ = 0;  // bytes that files have grown by, all together
  OpenFiles open_;
};

}  // namespace v8py
