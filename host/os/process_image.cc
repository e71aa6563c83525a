#include "os/process_image.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace v8py {

namespace {

using Image = ProcessImage;

// The highest address that a process of 47 bits has, and the lowest that we ever map at: below are
// the program that continues images, and null pointers.
constexpr uint64_t kLowest = uint64_t{1} << 32;
constexpr uint64_t kHighest = uint64_t{1} << 47;

bool IsRange(uint64_t begin, uint64_t end) {
  return begin % kPageSize == 0 && end % kPageSize == 0 && begin >= kLowest && begin < end &&
         end <= kHighest;
}

template <typename T>
bool Take(std::span<const char>& rest, uint64_t count, std::span<const T>& taken) {
  if (count > rest.size() / sizeof(T)) return false;
  taken = {reinterpret_cast<const T*>(rest.data()), count};
  rest = rest.subspan(count * sizeof(T));
  return true;
}

bool IsOurPath(const Image::File& file) {
  if (!memchr(file.path, 0, sizeof file.path)) return false;
  std::string_view path = file.path;
  return !path.empty() && path[0] != '/' && path.find("..") == std::string_view::npos;
}

bool AreGood(std::span<const Image::Region> regions, uint64_t files) {
  uint64_t last_end = 0;
  for (const Image::Region& region : regions) {
    if (!IsRange(region.begin, region.end) || region.begin < last_end || region.protection > 15 ||
        region.file < -1 || (region.file >= 0 && static_cast<uint64_t>(region.file) >= files) ||
        region.file_offset % kPageSize != 0) {
      return false;
    }
    last_end = region.end;
  }
  return true;
}

bool AreGood(std::span<const Image::Pages> pages, std::span<const Image::Region> regions) {
  return std::all_of(pages.begin(), pages.end(), [&](const Image::Pages& run) {
    return IsRange(run.begin, run.end) && run.region < regions.size() &&
           run.begin >= regions[run.region].begin && run.end <= regions[run.region].end &&
           run.at % kPageSize == 0 && run.at >= Image::kPagesAt;
  });
}

// Whether `size` bytes at an address are in a region that can be read.
bool IsInside(uint64_t address, uint64_t size, std::span<const Image::Region> regions) {
  return std::any_of(regions.begin(), regions.end(), [&](const Image::Region& region) {
    return address >= region.begin && address < region.end && region.end - address >= size &&
           (region.protection & ~Image::kWiped) != 0;
  });
}

}  // namespace

Result<ProcessTable> ProcessTable::Parse(std::span<const char> bytes) {
  auto bad = [](const char* what) {
    return Fail(WorldError(std::string("the process image's table is damaged: ") + what));
  };
  ProcessTable table;
  std::span<const Image::Table> head;
  if (!Take(bytes, 1, head) || memcmp(head[0].magic, Image::kMagic, sizeof head[0].magic) != 0) {
    return bad("it does not begin as one");
  }
  table.head_ = head.data();
  if (!Take(bytes, head[0].regions, table.regions_) || !Take(bytes, head[0].pages, table.pages_) ||
      !Take(bytes, head[0].files, table.files_) || !Take(bytes, head[0].signals, table.signals_) ||
      !Take(bytes, head[0].kernel_calls, table.kernel_calls_)) {
    return bad("its counts are larger than it is");
  }
  if (!std::all_of(table.files_.begin(), table.files_.end(), IsOurPath)) return bad("a file");
  if (!AreGood(table.regions_, table.files_.size())) return bad("a region");
  if (!AreGood(table.pages_, table.regions_)) return bad("pages");
  for (const Image::KernelCall& call : table.kernel_calls_) {
    if (!memchr(call.name, 0, sizeof call.name) || !IsInside(call.address, 8, table.regions_)) {
      return bad("a kernel call");
    }
  }
  for (const Image::Signal& signal : table.signals_) {
    if (signal.number < 1 || signal.number > 64) return bad("a signal");
  }
  const Image::Table& top = *table.head_;
  for (auto [address, size] : {std::pair<uint64_t, uint64_t>{top.thread_pointer, 64},
                               {top.thread_id_field, 4},
                               {top.context, 512},
                               {top.continue_at, 16},
                               {top.report, sizeof(Image::ContinueReport)}}) {
    if (!IsInside(address, size, table.regions_)) return bad("an address");
  }
  return table;
}

}  // namespace v8py
