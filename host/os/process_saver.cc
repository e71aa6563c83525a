#include "os/process_saver.h"

#include <asm/prctl.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "os/memory_mapping.h"
#include "os/vdso.h"

namespace v8py {

namespace {

using Image = ProcessImage;

// What the continued process finds in its memory: both are in the image themselves.
ucontext_t saved_context;
Image::ContinueReport continue_report;
// Whether whoever comes back from getcontext() is a continued process. Volatile: it changes between
// the two returns.
volatile bool continued;

// Room that Save() works in. From here to the last page nothing may be allocated: the heap is being
// written. Two guards keep the kernel from merging it with a mapping that belongs into the image.
class Scratch {
 public:
  Scratch() {
    void* reserved = mmap(nullptr, kSize + 2 * kPageSize, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED) return;
    outer_ = static_cast<char*>(reserved);
    if (mprotect(outer_ + kPageSize, kSize, PROT_READ | PROT_WRITE) == 0) {
      next_ = outer_ + kPageSize;
    }
  }
  ~Scratch() {
    if (outer_) munmap(outer_, kSize + 2 * kPageSize);
  }
  Scratch(const Scratch&) = delete;

  bool ok() const { return next_ != nullptr; }
  bool Holds(uint64_t address) const {
    auto begin = reinterpret_cast<uint64_t>(outer_);
    return address >= begin && address < begin + kSize + 2 * kPageSize;
  }
  template <typename T>
  T* Take(size_t count) {
    T* taken = reinterpret_cast<T*>(next_);
    next_ += (count * sizeof(T) + kPageSize - 1) / kPageSize * kPageSize;
    return taken;
  }

 private:
  static constexpr size_t kSize = size_t{64} << 20;
  char* outer_ = nullptr;
  char* next_ = nullptr;
};

// At most so many of each; more is refused.
constexpr size_t kMaxRegions = 8192, kMaxPages = 8192, kMaxFiles = 256, kMaxCalls = 256;
constexpr size_t kMaxSmaps = size_t{24} << 20;
// Unchanged pages between changed ones are written along when they are so few: a mapping costs
// more.
constexpr uint64_t kMaxGap = 16;
// How far the stack may grow in a continued process.
constexpr uint64_t kStackRoom = uint64_t{16} << 20;

struct Workplace {
  explicit Workplace(Scratch& scratch)
      : regions(scratch.Take<Image::Region>(kMaxRegions)),
        pages(scratch.Take<Image::Pages>(kMaxPages)),
        files(scratch.Take<Image::File>(kMaxFiles)),
        signals(scratch.Take<Image::Signal>(64)),
        calls(scratch.Take<Image::KernelCall>(kMaxCalls)),
        smaps(scratch.Take<char>(kMaxSmaps)),
        pagemap(scratch.Take<uint64_t>(kPagemapChunk)) {}

  static constexpr size_t kPagemapChunk = size_t{1} << 20;
  Image::Region* regions;
  Image::Pages* pages;
  Image::File* files;
  Image::Signal* signals;
  Image::KernelCall* calls;
  char* smaps;
  uint64_t* pagemap;
  Image::Table table{};
  uint64_t end_of_file = Image::kPagesAt;
  const char* problem = nullptr;  // a text that is nowhere on the heap
};

bool ReadAll(int fd, char* buffer, size_t size) {
  size_t filled = 0;
  for (;;) {
    ssize_t got = pread(fd, buffer + filled, size - 1 - filled, static_cast<off_t>(filled));
    if (got < 0) return false;
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  buffer[filled] = 0;
  return filled < size - 1;
}

bool WriteAll(int fd, const void* data, size_t size, uint64_t at) {
  auto* bytes = static_cast<const char*>(data);
  while (size > 0) {
    ssize_t wrote = pwrite(fd, bytes, size, static_cast<off_t>(at));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    bytes += wrote;
    at += static_cast<uint64_t>(wrote);
    size -= static_cast<size_t>(wrote);
  }
  return true;
}

// The index of a mapped file; -2: it is none of ours, or there are too many.
int32_t FileIndex(Workplace& work, const MemoryMapping& mapping, std::string_view root) {
  std::string_view path = mapping.name;
  if (path.size() <= root.size() + 1 || path.substr(0, root.size()) != root) return -2;
  path.remove_prefix(root.size() + 1);
  for (uint64_t i = 0; i < work.table.files; ++i) {
    if (path == work.files[i].path) return static_cast<int32_t>(i);
  }
  if (work.table.files == kMaxFiles || path.size() >= sizeof work.files[0].path) return -2;
  memcpy(work.files[work.table.files].path, path.data(), path.size());
  return static_cast<int32_t>(work.table.files++);
}

bool AddPages(Workplace& work, uint32_t region, uint64_t begin, uint64_t end) {
  if (work.table.pages == kMaxPages) return false;
  work.pages[work.table.pages++] = {begin, end, work.end_of_file, region, 0};
  work.end_of_file += end - begin;
  return true;
}

// Finds the runs of pages of a region that are its own: present or swapped out, and no file's.
bool FindPages(Workplace& work, int pagemap, uint32_t index) {
  constexpr uint64_t kPresentOrSwapped = uint64_t{3} << 62, kFilePage = uint64_t{1} << 61;
  const Image::Region& region = work.regions[index];
  uint64_t run_begin = 0, run_end = 0;
  for (uint64_t at = region.begin; at < region.end;) {
    size_t count = std::min<uint64_t>((region.end - at) / kPageSize, Workplace::kPagemapChunk);
    auto bytes = static_cast<ssize_t>(count * sizeof(uint64_t));
    auto offset = static_cast<off_t>(at / kPageSize * sizeof(uint64_t));
    if (pread(pagemap, work.pagemap, static_cast<size_t>(bytes), offset) != bytes) return false;
    for (size_t i = 0; i < count; ++i, at += kPageSize) {
      bool own = (work.pagemap[i] & kPresentOrSwapped) && !(work.pagemap[i] & kFilePage);
      if (!own) continue;
      if (run_end != 0 && at - run_end > kMaxGap * kPageSize) {
        if (!AddPages(work, index, run_begin, run_end)) return false;
        run_end = 0;
      }
      if (run_end == 0) run_begin = at;
      run_end = at + kPageSize;
    }
  }
  return run_end == 0 || AddPages(work, index, run_begin, run_end);
}

const char* AddRegion(Workplace& work, const MemoryMapping& mapping, std::string_view root,
                      int pagemap) {
  if (mapping.shared) return "it has a shared mapping";
  if (mapping.protection_key != 0) return "its memory has protection keys";
  if (work.table.regions == kMaxRegions) return "it has too many mappings";
  Image::Region region{mapping.begin, mapping.end, mapping.offset, -1, mapping.protection};
  if (!mapping.name.empty() && mapping.name[0] == '/') {
    region.file = FileIndex(work, mapping, root);
    if (region.file == -2) return "a file is mapped that is not of the installation";
  } else {
    region.file_offset = 0;
  }
  if (mapping.name == "[stack]") region.begin = region.end - kStackRoom;
  // The data of the kernel's functions stays where pointers to it look for it; the functions
  // themselves are the continued process's own.
  if (mapping.name == "[vdso]") region.protection = PROT_READ;
  if (mapping.wiped) region.protection |= Image::kWiped;
  auto index = static_cast<uint32_t>(work.table.regions++);
  work.regions[index] = region;
  if (mapping.name == "[vdso]") {
    return AddPages(work, index, region.begin, region.end) ? nullptr : "it has too many pages";
  }
  if (mapping.changed && !mapping.wiped && !FindPages(work, pagemap, index))
    return "its pages cannot be listed";
  return nullptr;
}

const char* AddRegions(Workplace& work, const Scratch& scratch, std::string_view root,
                       int pagemap) {
  MemoryMapping mapping;
  const char* next = work.smaps;
  while (*next) {
    next = ReadMemoryMapping(next, mapping);
    if (!next) return "/proc/self/smaps reads in a new way";
    if (scratch.Holds(mapping.begin) || mapping.name == "[vsyscall]" ||
        mapping.name.substr(0, 5) == "[vvar") {
      continue;
    }
    if (const char* problem = AddRegion(work, mapping, root, pagemap)) return problem;
  }
  return nullptr;
}

// In what the loader has relocated, words that hold the address of a function of the kernel's.
const char* AddKernelCalls(Workplace& work, const Vdso& vdso, const Image::Pages& run) {
  if (work.regions[run.region].file < 0 || vdso.begin() == 0) return nullptr;
  auto* words = reinterpret_cast<const uint64_t*>(run.begin);
  for (size_t i = 0; i < (run.end - run.begin) / sizeof(uint64_t); ++i) {
    if (words[i] - vdso.begin() > (uint64_t{1} << 20)) continue;
    std::string_view name = vdso.NameAt(words[i]);
    if (name.empty()) continue;
    if (work.table.kernel_calls == kMaxCalls || name.size() >= sizeof work.calls[0].name) {
      return "it calls the kernel's functions in too many places";
    }
    Image::KernelCall& call = work.calls[work.table.kernel_calls++];
    call.address = run.begin + i * sizeof(uint64_t);
    memcpy(call.name, name.data(), name.size());
  }
  return nullptr;
}

bool IsZero(const char* page) {
  auto* words = reinterpret_cast<const uint64_t*>(page);
  return std::all_of(words, words + kPageSize / sizeof(uint64_t),
                     [](uint64_t word) { return word == 0; });
}

// Pages of zeros become holes of the file.
bool WritePages(int output, const Image::Pages& run) {
  for (uint64_t at = run.begin; at < run.end;) {
    uint64_t end = at;
    while (end < run.end && !IsZero(reinterpret_cast<const char*>(end))) end += kPageSize;
    if (end > at &&
        !WriteAll(output, reinterpret_cast<const void*>(at), end - at, run.at + (at - run.begin))) {
      return false;
    }
    at = std::max(end, at + kPageSize);
  }
  return true;
}

const char* SavePages(Workplace& work, const Vdso& vdso, int output) {
  for (uint64_t i = 0; i < work.table.pages; ++i) {
    const Image::Pages& run = work.pages[i];
    const Image::Region& region = work.regions[run.region];
    auto* begin = reinterpret_cast<void*>(run.begin);
    bool hidden = !(region.protection & PROT_READ);
    if (hidden && mprotect(begin, run.end - run.begin, PROT_READ) != 0) return "memory is hidden";
    if (const char* problem = AddKernelCalls(work, vdso, run)) return problem;
    bool written = WritePages(output, run);
    if (hidden) mprotect(begin, run.end - run.begin, static_cast<int>(region.protection));
    if (!written) return "the file cannot be written";
  }
  return nullptr;
}

// The C library caches the thread's id beside the thread pointer, in a place of its own choice.
bool FindThread(Image::Table& table) {
  constexpr uint64_t kThreadBytes = 0x900;
  if (syscall(SYS_arch_prctl, ARCH_GET_FS, &table.thread_pointer) != 0) return false;
  auto id = static_cast<int>(syscall(SYS_gettid));
  int found = 0;
  for (uint64_t at = table.thread_pointer; at < table.thread_pointer + kThreadBytes; at += 4) {
    if (*reinterpret_cast<const int*>(at) != id) continue;
    table.thread_id_field = at;
    ++found;
  }
  return found == 1;
}

void AddSignals(Workplace& work) {
  for (uint64_t number = 1; number <= 64; ++number) {
    Image::Signal signal{};
    if (syscall(SYS_rt_sigaction, number, nullptr, &signal, 8) != 0 || signal.handler == 0)
      continue;
    signal.number = number;
    work.signals[work.table.signals++] = signal;
  }
}

bool WriteTable(Workplace& work, int output) {
  Image::Table& table = work.table;
  table.bytes = sizeof table + table.regions * sizeof(Image::Region) +
                table.pages * sizeof(Image::Pages) + table.files * sizeof(Image::File) +
                table.signals * sizeof(Image::Signal) +
                table.kernel_calls * sizeof(Image::KernelCall);
  if (table.bytes > Image::kMaxTable) return false;
  uint64_t at = Image::kTableAt + sizeof table;
  auto write = [&](const void* items, uint64_t bytes) {
    bool written = WriteAll(output, items, bytes, at);
    at += bytes;
    return written;
  };
  return write(work.regions, table.regions * sizeof(Image::Region)) &&
         write(work.pages, table.pages * sizeof(Image::Pages)) &&
         write(work.files, table.files * sizeof(Image::File)) &&
         write(work.signals, table.signals * sizeof(Image::Signal)) &&
         write(work.calls, table.kernel_calls * sizeof(Image::KernelCall)) &&
         ftruncate(output, static_cast<off_t>(work.end_of_file)) == 0 &&
         // Last: without its first bytes the rest is no image.
         WriteAll(output, &table, sizeof table, Image::kTableAt);
}

// Everything between the two returns. The text it gives when it fails is a constant.
const char* SaveMemory(std::string_view root, int smaps, int pagemap, int output) {
  Scratch scratch;
  if (!scratch.ok()) return "there is no memory to work in";
  Workplace work(scratch);
  Image::Table& table = work.table;
  memcpy(table.magic, Image::kMagic, sizeof table.magic);
  if (!FindThread(table)) return "the C library keeps the thread's id in an unknown place";
  table.context = reinterpret_cast<uint64_t>(&saved_context);
  table.continue_at = reinterpret_cast<uint64_t>(&setcontext);
  table.report = reinterpret_cast<uint64_t>(&continue_report);
  AddSignals(work);
  if (!ReadAll(smaps, work.smaps, kMaxSmaps)) return "/proc/self/smaps cannot be read";
  if (const char* problem = AddRegions(work, scratch, root, pagemap)) return problem;
  Vdso vdso;
  if (const char* problem = SavePages(work, vdso, output)) return problem;
  return WriteTable(work, output) ? nullptr : "the file cannot be written";
}

}  // namespace

Result<ProcessSaver> ProcessSaver::Open(const std::string& root, int output) {
  ProcessSaver saver;
  saver.root_ = root;
  saver.output_ = output;
  saver.smaps_ = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
  saver.pagemap_ = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (saver.smaps_ < 0 || saver.pagemap_ < 0) {
    return Fail(ErrnoError("open /proc/self/smaps and pagemap", errno));
  }
  return saver;
}

ProcessSaver::ProcessSaver(ProcessSaver&& other) noexcept
    : root_(std::move(other.root_)),
      smaps_(std::exchange(other.smaps_, -1)),
      pagemap_(std::exchange(other.pagemap_, -1)),
      output_(std::exchange(other.output_, -1)) {}

ProcessSaver::~ProcessSaver() {
  if (smaps_ >= 0) close(smaps_);
  if (pagemap_ >= 0) close(pagemap_);
}

Result<ProcessSaver::Outcome> ProcessSaver::Save() {
  continued = false;
  getcontext(&saved_context);
  if (continued) {
    // Another process: what was open in the one that was saved is not open here.
    smaps_ = pagemap_ = output_ = -1;
    return Outcome{Outcome::Side::kContinued, continue_report};
  }
  continued = true;
  const char* problem = SaveMemory(root_, smaps_, pagemap_, output_);
  int error = errno;
  continued = false;
  if (problem) {
    return Fail(WorldError(std::string("this process cannot be saved: ") + problem + " (" +
                           strerror(error) + ")"));
  }
  return Outcome{};
}

}  // namespace v8py
