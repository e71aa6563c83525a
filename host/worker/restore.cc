// v8py-restore: becomes the process that a process image holds (os/process_image.h), in a jail.
// Started by the supervisor in the place of v8py-worker, with the same socket.
//
// Statically linked at a low, fixed address, and it maps nothing of its own: so its pages are never
// where the image's have to be, but for its stack, which the kernel places at random.
#include <asm/prctl.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>

#include "base/message.h"
#include "os/process_image.h"
#include "os/vdso.h"
#include "worker/jail.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

namespace v8py {
namespace {

using Image = ProcessImage;

// How often to start anew when the stack is where the image's has to be: one time in some hundreds.
constexpr int kMaxAttempts = 8;

// Whether a page of ours, the stack's, was where a region has to be.
bool in_the_way = false;

alignas(kPageSize) char table_bytes[Image::kMaxTable];

double Milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

Status ReadTable(int image, size_t size) {
  for (size_t filled = 0; filled < size;) {
    ssize_t got = pread(image, table_bytes + filled, size - filled,
                        static_cast<off_t>(Image::kTableAt + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError("read the process image", errno);
    if (got == 0) return WorldError("the process image is truncated");
    filled += static_cast<size_t>(got);
  }
  return Ok();
}

Result<ProcessTable> LoadTable(int image) {
  Image::Table head;
  Status status = ReadTable(image, sizeof head);
  if (!status.ok()) return Fail(status);
  memcpy(&head, table_bytes, sizeof head);
  if (head.bytes < sizeof head || head.bytes > sizeof table_bytes) {
    return Fail(WorldError("the process image's table is damaged: its size"));
  }
  status = ReadTable(image, head.bytes);
  if (!status.ok()) return Fail(status);
  return ProcessTable::Parse({table_bytes, head.bytes});
}

int Protection(const Image::Region& region) {
  return static_cast<int>(region.protection & ~Image::kWiped);
}

Status MapRegions(const ProcessTable& table, const std::string& root) {
  int files[256];
  if (table.files().size() > 256) return WorldError("too many files");
  for (size_t i = 0; i < table.files().size(); ++i) {
    files[i] = open((root + "/" + table.files()[i].path).c_str(), O_RDONLY | O_CLOEXEC);
    if (files[i] < 0) return ErrnoError(std::string("open ") + table.files()[i].path, errno);
  }
  for (const Image::Region& region : table.regions()) {
    auto* begin = reinterpret_cast<void*>(region.begin);
    int flags = MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    int file = region.file < 0 ? -1 : files[region.file];
    if (file < 0) flags |= MAP_ANONYMOUS;
    uint64_t size = region.end - region.begin;
    void* mapped =
        mmap(begin, size, Protection(region), flags, file, static_cast<off_t>(region.file_offset));
    if (mapped == begin && region.protection & Image::kWiped) {
      if (madvise(begin, size, MADV_WIPEONFORK) != 0) return ErrnoError("MADV_WIPEONFORK", errno);
    }
    // A kernel that does not know the flag takes the address as a wish.
    if (mapped == begin) continue;
    int error = mapped == MAP_FAILED ? errno : EEXIST;
    in_the_way = error == EEXIST;
    return ErrnoError("map a region", error);
  }
  for (size_t i = 0; i < table.files().size(); ++i) close(files[i]);
  return Ok();
}

// How the image's pages come into memory.
enum class Memory {
  kMapped,  // from the file, each when it is touched: the start is short
  kOwn      // all of them read, into huge pages: the start takes some 30 ms, but forks are short
};

// The bytes of one run, but for the holes of the file, which are zeros already.
Status ReadPages(const Image::Pages& pages, int image) {
  auto size = static_cast<off_t>(pages.end - pages.begin);
  auto begin = static_cast<off_t>(pages.at);
  for (off_t at = begin; at < begin + size;) {
    off_t data = lseek(image, at, SEEK_DATA);
    if (data < 0 || data >= begin + size) break;
    off_t hole = lseek(image, data, SEEK_HOLE);
    off_t end = hole < 0 ? begin + size : std::min(hole, begin + size);
    auto* to = reinterpret_cast<char*>(pages.begin + static_cast<uint64_t>(data - begin));
    ssize_t got = pread(image, to, static_cast<size_t>(end - data), data);
    if (got < 0 && errno != EINTR) return ErrnoError("read pages", errno);
    if (got == 0) return WorldError("the process image is truncated");
    at = got < 0 ? data : data + got;
  }
  return Ok();
}

// A wish, which a kernel may not know.
void WantHugePages(const ProcessTable& table, bool on) {
  for (const Image::Region& region : table.regions()) {
    if (region.file >= 0 || Protection(region) == PROT_NONE) continue;
    madvise(reinterpret_cast<void*>(region.begin), region.end - region.begin,
            on ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  }
}

// A fork copies the page tables of what has a changed page, and lets the new process find the rest
// by page faults. So one page of each program file is changed, to what it is: a guest then has all
// the code that its zygote has used.
Status TakePrograms(const ProcessTable& table) {
  for (const Image::Region& region : table.regions()) {
    if (region.file < 0 || !(region.protection & PROT_EXEC)) continue;
    auto* begin = reinterpret_cast<volatile char*>(region.begin);
    auto* address = reinterpret_cast<void*>(region.begin);
    uint64_t size = region.end - region.begin;
    if (mprotect(address, size, PROT_READ | PROT_WRITE) != 0) return ErrnoError("mprotect", errno);
    *begin = *begin;
    if (mprotect(address, size, Protection(region)) != 0) return ErrnoError("mprotect", errno);
  }
  return Ok();
}

Status FillPages(const ProcessTable& table, int image) {
  WantHugePages(table, true);
  for (const Image::Pages& pages : table.pages()) {
    auto* begin = reinterpret_cast<void*>(pages.begin);
    uint64_t size = pages.end - pages.begin;
    int protection = Protection(table.regions()[pages.region]);
    bool writable = protection & PROT_WRITE;
    if (!writable && mprotect(begin, size, PROT_READ | PROT_WRITE) != 0) {
      return ErrnoError("mprotect", errno);
    }
    Status status = ReadPages(pages, image);
    if (!status.ok()) return status;
    if (!writable && mprotect(begin, size, protection) != 0) return ErrnoError("mprotect", errno);
  }
  // What the process touches later comes page by page: a guest's first byte is not to cost 2 MiB.
  WantHugePages(table, false);
  return TakePrograms(table);
}

Status MapPages(const ProcessTable& table, int image) {
  for (const Image::Pages& pages : table.pages()) {
    auto* begin = reinterpret_cast<void*>(pages.begin);
    int protection = Protection(table.regions()[pages.region]);
    void* mapped = mmap(begin, pages.end - pages.begin, protection, MAP_PRIVATE | MAP_FIXED, image,
                        static_cast<off_t>(pages.at));
    if (mapped != begin) return ErrnoError("map pages", errno);
  }
  return Ok();
}

int ProtectionAt(const ProcessTable& table, uint64_t address) {
  for (const Image::Region& region : table.regions()) {
    if (address >= region.begin && address < region.end) return Protection(region);
  }
  return 0;
}

// Words that held addresses of the other process's vdso get those of this one's.
Status ConnectKernelCalls(const ProcessTable& table) {
  Vdso vdso;
  for (const Image::KernelCall& call : table.kernel_calls()) {
    uint64_t address = vdso.AddressOf(call.name);
    if (address == 0) return WorldError(std::string("this kernel has no ") + call.name);
    auto* page = reinterpret_cast<void*>(call.address / kPageSize * kPageSize);
    int protection = ProtectionAt(table, call.address);
    bool writable = protection & PROT_WRITE;
    if (!writable && mprotect(page, kPageSize, protection | PROT_WRITE) != 0) {
      return ErrnoError("mprotect", errno);
    }
    memcpy(reinterpret_cast<void*>(call.address), &address, sizeof address);
    if (!writable) mprotect(page, kPageSize, protection);
  }
  return Ok();
}

void SetSignals(const ProcessTable& table) {
  for (const Image::Signal& signal : table.signals()) {
    syscall(SYS_rt_sigaction, signal.number, &signal, nullptr, 8);
  }
}

// From here the thread pointer is the image's: not one call into our own C library any more.
[[noreturn]] void Continue(const Image::Table& table) {
  auto id = static_cast<int>(syscall(SYS_set_tid_address, table.thread_id_field));
  memcpy(reinterpret_cast<void*>(table.thread_id_field), &id, sizeof id);
  register uint64_t context asm("r12") = table.context;
  register uint64_t continue_at asm("r13") = table.continue_at;
  asm volatile(
      "syscall\n"
      "mov %%r12, %%rdi\n"
      "jmp *%%r13\n"
      :
      : "a"(SYS_arch_prctl), "D"(ARCH_SET_FS), "S"(table.thread_pointer), "r"(context),
        "r"(continue_at)
      : "rcx", "r11", "memory");
  __builtin_unreachable();
}

Status Restore(int socket, int image, const std::string& root, Memory memory) {
  double began = Milliseconds();
  Result<ProcessTable> table = LoadTable(image);
  if (!table) return table.error();
  Status status = MapRegions(*table, root);
  if (status.ok()) {
    status = memory == Memory::kOwn ? FillPages(*table, image) : MapPages(*table, image);
  }
  if (status.ok()) status = ConnectKernelCalls(*table);
  if (!status.ok()) return status;
  SetSignals(*table);
  double mapped = Milliseconds();
  int keep[] = {socket};
  Result<Jail> jail = EnterJail(keep);
  if (!jail) return jail.error();
  auto* report = reinterpret_cast<Image::ContinueReport*>(table->head().report);
  *report = {jail->landlock_abi, mapped - began, Milliseconds() - mapped};
  Continue(table->head());
}

struct Arguments {
  int socket = -1;
  int image = -1;
  int attempt = 1;
  Memory memory = Memory::kMapped;
  std::string root;
};

Arguments ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    const char* value = argv[i] + std::min(word.find('=') + 1, word.size());
    if (word.rfind("--socket=", 0) == 0) arguments.socket = atoi(value);
    if (word.rfind("--image=", 0) == 0) arguments.image = atoi(value);
    if (word == "--memory=own") arguments.memory = Memory::kOwn;
    if (word.rfind("--attempt=", 0) == 0) arguments.attempt = atoi(value);
    if (word.rfind("--root=", 0) == 0) arguments.root = value;
  }
  return arguments;
}

// The stack is placed anew with each exec.
void StartAnew(const Arguments& arguments) {
  std::string words[] = {"v8py-restore",
                         "--socket=" + std::to_string(arguments.socket),
                         "--image=" + std::to_string(arguments.image),
                         "--root=" + arguments.root,
                         "--attempt=" + std::to_string(arguments.attempt + 1),
                         arguments.memory == Memory::kOwn ? "--memory=own" : "--memory=mapped"};
  constexpr size_t kWords = std::size(words);
  char* argv[kWords + 1] = {};
  for (size_t i = 0; i < kWords; ++i) argv[i] = words[i].data();
  execve("/proc/self/exe", argv, environ);
}

}  // namespace
}  // namespace v8py

int main(int argc, char** argv) {
  prctl(PR_SET_NAME, "v8py-worker");
  v8py::Arguments arguments = v8py::ParseArguments(argc, argv);
  if (arguments.socket < 0 || arguments.image < 0) {
    dprintf(STDERR_FILENO, "v8py-restore is started by v8py; run 'v8py --help'\n");
    return 2;
  }
  // Comes back only when it fails.
  v8py::Status status =
      v8py::Restore(arguments.socket, arguments.image, arguments.root, arguments.memory);
  if (v8py::in_the_way && arguments.attempt < v8py::kMaxAttempts) v8py::StartAnew(arguments);
  const v8py::FromWorker fault = v8py::FaultMessage{status.message()};
  std::string frame = v8py::EncodeMessage(fault);
  return write(arguments.socket, frame.data(), frame.size()) < 0 ? 1 : 121;
}
