// Images that were cut, altered, written by others or taken away: each is refused with its reason,
// and the program's answer is right by another way.
#include "supervisor/image.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "os/process_image.h"
#include "stress/count.h"
#include "stress/own_installation.h"

namespace v8py {

namespace {

struct SpoiledImage {
  SpoiledImage() : path(own.CopyImage()) {
    REQUIRE(!path.empty());
    Result<Install> found = Install::Find(own.folder());
    REQUIRE(found);
    install = std::make_unique<Install>(std::move(*found));
    size = std::filesystem::file_size(path);
    label_size = LabelSize();
  }

  size_t LabelSize() const {
    std::ifstream file(path, std::ios::binary);
    uint64_t head[3] = {};
    file.read(reinterpret_cast<char*>(head), sizeof head);
    return sizeof head + head[1];
  }
  // Why it is not used; "": it is.
  std::string Refusal(Image::Check check = Image::Check::kStamp) const {
    Result<Image> image = Image::Open(path, *install, check);
    return image ? "" : image.error().message();
  }
  void FlipBit(uint64_t at, int bit) const {
    int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
    unsigned char byte = 0;
    REQUIRE(pread(fd, &byte, 1, static_cast<off_t>(at)) == 1);
    byte = static_cast<unsigned char>(byte ^ (1 << bit));
    REQUIRE(pwrite(fd, &byte, 1, static_cast<off_t>(at)) == 1);
    close(fd);
  }

  OwnInstallation own;
  std::string path;
  std::unique_ptr<Install> install;
  size_t size = 0, label_size = 0;
};

// The answer of a program in this installation, and why no image was used, as a person asks for it.
std::string Start() {
  return Shell(
             "V8PY_IMAGE=use $V8PY exec -d explain -c 'print(6 * 7)' 2>&1 |"
             " grep -e ^42$ -e 'booted from nothing'")
      .output;
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(SpoiledImage, "an image cut at any 4 KiB step is refused") {
  REQUIRE(Refusal() == "");
  // Through label and table step by step; through the pages so as well when all is to be shown.
  const size_t coarse = static_cast<size_t>(Count(250, 1)) * kPageSize;
  int steps = 0, wrong = 0, starts = 0;
  for (size_t left = (size - 1) / kPageSize * kPageSize;;) {
    std::filesystem::resize_file(path, left);
    std::string why = Refusal();
    bool right = Contains(why, left < label_size ? "half of one" : "it is truncated");
    if (!right && ++wrong <= 3) MESSAGE(left, ": ", why);
    ++steps;
    // Real starts take seconds, as they boot from nothing.
    bool start = left == 0 || left == ProcessImage::kPagesAt || (full_counts && steps % 5000 == 0);
    if (start) {
      std::string answer = Start();
      CHECK_MESSAGE((Contains(answer, "42\n") && Contains(answer, why)), answer, " for ", why);
      ++starts;
    }
    if (left == 0) break;
    left -= left <= ProcessImage::kPagesAt ? kPageSize
                                           : std::min(coarse, left - ProcessImage::kPagesAt);
  }
  Figures("an image of " + std::to_string(size >> 20) + " MiB cut at " + std::to_string(steps) +
          " steps: refused each time but " + std::to_string(wrong) + "; " + std::to_string(starts) +
          " of them started, all with the right answer and the reason");
  CHECK(wrong == 0);
}

TEST_CASE_FIXTURE(SpoiledImage, "an image with one bit changed is refused") {
  const unsigned seed = std::random_device()();
  std::mt19937_64 chance(seed);
  const int flips = Count(25, 500);
  int wrong = 0;
  for (int i = 0; i < flips; ++i) {
    uint64_t at = ProcessImage::kTableAt + chance() % (size - ProcessImage::kTableAt);
    int bit = static_cast<int>(chance() % 8);
    FlipBit(at, bit);
    std::string why = Refusal();
    if (!Contains(why, "its bytes were altered") && ++wrong <= 3) MESSAGE(at, ": ", why);
    FlipBit(at, bit);
  }
  CHECK(wrong == 0);
  CHECK(Refusal() == "");

  // The label describes the rest.
  int tried = 0;
  const size_t step = static_cast<size_t>(Count(40, 1));
  for (size_t at = chance() % step; at < label_size; at += step) {
    int bit = static_cast<int>(chance() % 8);
    FlipBit(at, bit);
    ++tried;
    if (Refusal().empty() && ++wrong <= 3) MESSAGE(at, " of the label, bit ", bit);
    FlipBit(at, bit);
  }
  Figures(std::to_string(flips) + " bits of table and pages changed, " + std::to_string(tried) +
          " of the label (seed " + std::to_string(seed) + "): " + std::to_string(wrong) +
          " not refused");
  CHECK(wrong == 0);
}

TEST_CASE_FIXTURE(SpoiledImage, "an image of another user is refused") {
  if (geteuid() != 0) {
    MESSAGE("needs root to make a file another user's; not tried");
    return;
  }
  REQUIRE(chown(path.c_str(), 65534, 65534) == 0);
  CHECK(Contains(Refusal(), "it belongs to another user (65534)"));
  std::string answer = Start();
  CHECK_MESSAGE(Contains(answer, "42\n"), answer);
  CHECK_MESSAGE(Contains(answer, "it belongs to another user (65534)"), answer);
  REQUIRE(chown(path.c_str(), 0, 0) == 0);
  CHECK(Refusal() == "");
}

TEST_CASE_FIXTURE(SpoiledImage,
                  "images in a folder that cannot be read: the reason, and an answer") {
  if (geteuid() != 0) {
    MESSAGE("needs root to become another user; not tried");
    return;
  }
  std::string as_nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups env V8PY_IMAGE=use ";
  if (!CanDo(as_nobody + "HOME=/nonexistent $V8PY --version")) {
    MESSAGE("another user cannot read this build; not tried");
    return;
  }
  std::filesystem::permissions(own.images(), std::filesystem::perms(0700));
  std::string answer = Shell(as_nobody + "$V8PY exec -d explain -c 'print(6 * 7)' 2>&1").output;
  CHECK_MESSAGE(Contains(answer, "42\n"), answer);
  CHECK_MESSAGE(Contains(answer, "Permission denied"), answer);
  std::filesystem::permissions(own.images(), std::filesystem::perms(0755));
  answer = Shell(as_nobody + "$V8PY exec -d explain -c 'print(6 * 7)' 2>&1").output;
  CHECK_MESSAGE(Contains(answer, "42\n"), answer);
  CHECK_MESSAGE(!Contains(answer, "from nothing"), answer);
}

TEST_CASE_FIXTURE(SpoiledImage, "an image that is cut while a pool works from it") {
  // After it each program boots from nothing, which takes seconds.
  const int programs = Count(3, 12);
  setenv("RUNS", std::to_string(programs).c_str(), 1);
  ShellOutcome outcome = Shell(
      "$POOLED --guests=4 --runs=$RUNS --json -c 'import time; time.sleep(0.2); print(6 * 7)' "
      "> $OWN/answers 2>/dev/null & pid=$!; until [ -s $OWN/answers ]; do sleep 0.05; done; "
      "truncate -s 1M $OWN/share/v8py/images/*.image; wait $pid; "
      "grep -c '\"status\":\"ok\"' $OWN/answers; grep -c '\"stdout\":\"42.n\"' $OWN/answers; "
      "grep -c '\"status\":\"killed\"' $OWN/answers; wc -l < $OWN/answers");
  int ok = 0, right = 0, killed = 0, all = 0;
  REQUIRE(sscanf(outcome.output.c_str(), "%d %d %d %d", &ok, &right, &killed, &all) == 4);
  Figures("an image cut under a pool at work: of " + std::to_string(programs) + " programs " +
          std::to_string(right) + " right, " + std::to_string(killed) + " killed and told so");
  CHECK(all == programs);
  CHECK(ok == right);
  CHECK(right + killed == programs);
  CHECK(right >= programs - 2);
}

}  // namespace v8py
