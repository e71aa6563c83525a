// The table of a process image comes from a worker, which may be hostile: the parser lets nothing
// through that could make the restorer map, read or write where it must not.
#include "os/process_image.h"

#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <random>
#include <vector>

namespace v8py {

namespace {

using Image = ProcessImage;
constexpr uint64_t kBase = uint64_t{1} << 40;

struct Parts {
  Image::Table head{};
  std::vector<Image::Region> regions{{kBase, kBase + 16 * kPageSize, 0, -1, 3},
                                     {kBase + 32 * kPageSize, kBase + 40 * kPageSize, 0, 0, 5}};
  std::vector<Image::Pages> pages{{kBase, kBase + kPageSize, Image::kPagesAt, 0, 0}};
  std::vector<Image::File> files{{"lib/v8py/v8/libc.so.6"}};
  std::vector<Image::Signal> signals{{1, 2, 3, 4, 11}};
  std::vector<Image::KernelCall> calls{{kBase + 8, "clock_gettime"}};

  Parts() {
    memcpy(head.magic, Image::kMagic, sizeof head.magic);
    head.thread_pointer = head.thread_id_field = head.context = head.report = kBase;
    head.continue_at = kBase + 32 * kPageSize;
  }

  std::vector<uint64_t> Bytes() {
    head.regions = regions.size(), head.pages = pages.size(), head.files = files.size();
    head.signals = signals.size(), head.kernel_calls = calls.size();
    std::string bytes;
    auto add = [&](const void* data, size_t size) {
      bytes.append(static_cast<const char*>(data), size);
    };
    add(&head, sizeof head);
    add(regions.data(), regions.size() * sizeof regions[0]);
    add(pages.data(), pages.size() * sizeof pages[0]);
    add(files.data(), files.size() * sizeof files[0]);
    add(signals.data(), signals.size() * sizeof signals[0]);
    add(calls.data(), calls.size() * sizeof calls[0]);
    std::vector<uint64_t> words(bytes.size() / 8);
    memcpy(words.data(), bytes.data(), bytes.size());
    return words;
  }
};

bool Parses(const std::vector<uint64_t>& words, size_t cut = 0) {
  size_t size = words.size() * 8 - cut;
  return ProcessTable::Parse({reinterpret_cast<const char*>(words.data()), size}).has_value();
}

}  // namespace

TEST_CASE("a table that is right is read") {
  Parts parts;
  CHECK(Parses(parts.Bytes()));
}

TEST_CASE("a table with one thing wrong is refused") {
  const std::vector<std::function<void(Parts&)>> spoilers = {
      [](Parts& p) { p.head.magic[0] = 'x'; },
      [](Parts& p) { p.regions[0].begin += 1; },
      [](Parts& p) { p.regions[0].begin = 0x400000; },  // where the restorer is
      [](Parts& p) { p.regions[0].end = p.regions[0].begin; },
      [](Parts& p) { p.regions[1].end = uint64_t{1} << 48; },
      [](Parts& p) { p.regions[1].begin = kBase + 8 * kPageSize; },  // over another
      [](Parts& p) { p.regions[0].protection = 16; },
      [](Parts& p) { p.regions[1].file = 1; },
      [](Parts& p) { p.regions[1].file = -2; },
      [](Parts& p) { p.regions[1].file_offset = 5; },
      [](Parts& p) { p.pages[0].end = kBase + 17 * kPageSize; },  // past its region
      [](Parts& p) { p.pages[0].region = 2; },
      [](Parts& p) { p.pages[0].at = 0; },  // the label, or the table
      [](Parts& p) { strcpy(p.files[0].path, "/etc/passwd"); },
      [](Parts& p) { strcpy(p.files[0].path, "lib/../../x"); },
      [](Parts& p) { p.files[0].path[0] = 0; },
      [](Parts& p) { memset(p.files[0].path, 'x', sizeof p.files[0].path); },
      [](Parts& p) { p.signals[0].number = 65; },
      [](Parts& p) { p.signals[0].number = 0; },
      [](Parts& p) { p.calls[0].address = kBase + 20 * kPageSize; },  // between regions
      [](Parts& p) { memset(p.calls[0].name, 'x', sizeof p.calls[0].name); },
      [](Parts& p) { p.head.context = 0; },
      [](Parts& p) { p.head.report = kBase + 16 * kPageSize - 8; },  // half of it outside
      [](Parts& p) { p.head.continue_at = 0x401000; },
  };
  for (size_t i = 0; i < spoilers.size(); ++i) {
    Parts parts;
    spoilers[i](parts);
    INFO("spoiler ", i);
    CHECK_FALSE(Parses(parts.Bytes()));
  }
}

TEST_CASE("a table that is cut anywhere, or of random bytes, is refused or read, never more") {
  Parts parts;
  std::vector<uint64_t> good = parts.Bytes();
  for (size_t cut = 1; cut <= good.size() * 8; ++cut) CHECK_FALSE(Parses(good, cut));
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<uint64_t> bad = good;
    bad[random() % bad.size()] ^= random() >> (random() % 64);
    Parses(bad);
  }
}

}  // namespace v8py
