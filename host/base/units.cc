#include "base/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace v8py {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 5> kDurations = {
    {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr double kKiB = 1024, kMiB = kKiB * 1024, kGiB = kMiB * 1024;
constexpr std::array<Unit, 13> kSizes = {{{"", 1},
                                          {"B", 1},
                                          {"K", kKiB},
                                          {"KB", kKiB},
                                          {"KiB", kKiB},
                                          {"k", kKiB},
                                          {"M", kMiB},
                                          {"MB", kMiB},
                                          {"MiB", kMiB},
                                          {"m", kMiB},
                                          {"G", kGiB},
                                          {"GB", kGiB},
                                          {"GiB", kGiB}}};
// Beyond this a limit is a mistake; it also keeps sums of limits from overflowing.
constexpr double kMax = 1e15;

template <size_t N>
Result<uint64_t> Parse(std::string_view text, uint64_t none_value, const std::array<Unit, N>& units,
                       std::string_view what, std::string_view example) {
  if (text == "none") return none_value;
  std::string advice = "'" + std::string(text) + "' is no " + std::string(what) +
                       "; write it like " + std::string(example) + ", or none";
  double number = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number)) return Fail(CallerError(advice));
  std::string_view suffix(rest, static_cast<size_t>(end - rest));
  for (const Unit& unit : units) {
    if (unit.name != suffix) continue;
    double value = number * unit.factor;
    if (value < 1 || value > kMax) {
      return Fail(CallerError("'" + std::string(text) + "' is out of range; write it like " +
                              std::string(example) + ", or none"));
    }
    return static_cast<uint64_t>(value);
  }
  return Fail(CallerError(advice));
}

std::string Format(const char* format, double value) {
  char text[64];
  snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

Result<uint64_t> ParseDuration(std::string_view text, uint64_t none_value) {
  return Parse(text, none_value, kDurations, "duration", "5s, 250ms, 2m or 1h");
}

Result<uint64_t> ParseSize(std::string_view text, uint64_t none_value) {
  return Parse(text, none_value, kSizes, "size", "256M, 64K or 1G");
}

std::string FormatDuration(double milliseconds) {
  if (milliseconds < 1000) return Format(milliseconds < 10 ? "%.1f ms" : "%.0f ms", milliseconds);
  double seconds = milliseconds / 1000;
  if (seconds < 120) return Format("%.2f s", seconds);
  return Format("%.0f min", std::floor(seconds / 60)) +
         Format(" %.0f s", std::fmod(std::floor(seconds), 60));
}

std::string FormatSize(uint64_t bytes) {
  double value = static_cast<double>(bytes);
  if (value < kKiB) return std::to_string(bytes) + " bytes";
  if (value < kMiB) return Format("%.1f KiB", value / kKiB);
  if (value < kGiB) return Format("%.1f MiB", value / kMiB);
  return Format("%.2f GiB", value / kGiB);
}

}  // namespace v8py
