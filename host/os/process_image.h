// A process image: the memory of a process that had one thread, in a file from which other
// processes continue where that one stood. Memory is mapped from the file, privately and at its old
// addresses, so continuing costs a few hundred mmap() calls and then what is touched.
//
//   [label, kTableAt bytes][table, kMaxTable bytes][pages …]
//
// The label belongs to who keeps the file (supervisor/image.h) and means nothing here. The table
// says which regions there were, where the bytes of changed pages are, and which of our own files
// the unchanged ones come from. Partners: process_saver.h writes, worker/restore.cc maps.
//
// What a process has of the kernel is not memory, and so not in an image: descriptors, threads,
// rights, limits. Who continues brings his own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/status.h"

namespace v8py {

inline constexpr uint64_t kPageSize = 4096;

struct ProcessImage {
  static constexpr uint64_t kTableAt = uint64_t{64} << 10;
  static constexpr uint64_t kMaxTable = uint64_t{1} << 20;
  static constexpr uint64_t kPagesAt = kTableAt + kMaxTable;
  static constexpr char kMagic[8] = {'v', '8', 'p', 'y', 'i', 'm', 'g', '1'};

  // A mapping. Its pages come from `file` (index), or are zero (-1), except where Pages say more.
  struct Region {
    uint64_t begin, end;
    uint64_t file_offset;
    int32_t file;
    uint32_t protection;  // as of mmap()
  };
  // Beside the protection: memory that must be zero in every new process (MADV_WIPEONFORK and
  // MAP_DROPPABLE), as in who continues: the C library keeps random generators in such.
  static constexpr uint32_t kWiped = 8;
  // Bytes of the image file that lie over a part of a region.
  struct Pages {
    uint64_t begin, end;
    uint64_t at;  // in the image file
    uint32_t region;
    uint32_t unused;
  };
  // Relative to the folder of the installation.
  struct File {
    char path[192];
  };
  struct Signal {
    uint64_t handler, flags, restorer, mask;  // the kernel's struct sigaction
    uint64_t number;
  };
  // A word that holds the address of a function of the vdso.
  struct KernelCall {
    uint64_t address;
    char name[56];
  };

  struct Table {
    char magic[8];
    uint64_t bytes;            // of the whole table
    uint64_t thread_pointer;   // the FS register
    uint64_t thread_id_field;  // where the C library keeps the thread's id
    uint64_t context;          // the saved ucontext_t …
    uint64_t continue_at;      // … and setcontext(), which goes on from it
    uint64_t report;           // a ContinueReport, to be filled in
    uint64_t regions, pages, files, signals, kernel_calls;  // how many follow, in this order
  };

  // What the continued process wants to know of its new life.
  struct ContinueReport {
    int32_t landlock_abi;
    double mapped_ms;  // what the mapping took
    double jail_ms;
  };
};

// A table in memory, checked: every count, address and index is inside its bounds.
class ProcessTable {
 public:
  // `bytes` must outlive the view. kWorld, saying what is wrong, when it is no table.
  static Result<ProcessTable> Parse(std::span<const char> bytes);

  const ProcessImage::Table& head() const { return *head_; }
  std::span<const ProcessImage::Region> regions() const { return regions_; }
  std::span<const ProcessImage::Pages> pages() const { return pages_; }
  std::span<const ProcessImage::File> files() const { return files_; }
  std::span<const ProcessImage::Signal> signals() const { return signals_; }
  std::span<const ProcessImage::KernelCall> kernel_calls() const { return kernel_calls_; }

 private:
  const ProcessImage::Table* head_ = nullptr;
  std::span<const ProcessImage::Region> regions_;
  std::span<const ProcessImage::Pages> pages_;
  std::span<const ProcessImage::File> files_;
  std::span<const ProcessImage::Signal> signals_;
  std::span<const ProcessImage::KernelCall> kernel_calls_;
};

}  // namespace v8py
