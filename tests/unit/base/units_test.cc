#include "base/units.h"

#include <doctest/doctest.h>

namespace v8py {

TEST_CASE("durations are read as people write them") {
  CHECK(ParseDuration("5s", 0).value() == 5000);
  CHECK(ParseDuration("250ms", 0).value() == 250);
  CHECK(ParseDuration("2m", 0).value() == 120000);
  CHECK(ParseDuration("1h", 0).value() == 3600000);
  CHECK(ParseDuration("1.5", 0).value() == 1500);
  CHECK(ParseDuration("1ms", 0).value() == 1);
  CHECK(ParseDuration("none", 77).value() == 77);
}

TEST_CASE("what is no duration is refused with its text") {
  for (const char* text : {"", "banana", "0", "-1s", "nan", "inf", "1e300s", "5 s", "5sec", "s",
                           "0.1ms", "99999999999999999h", "none ", "+5s", "0x10"}) {
    auto parsed = ParseDuration(text, 0);
    REQUIRE_MESSAGE(!parsed, text);
    CHECK(parsed.error().code() == Code::kCaller);
    CHECK(parsed.error().message().find("'" + std::string(text) + "'") == 0);
  }
}

TEST_CASE("sizes are read as people write them") {
  CHECK(ParseSize("256M", 0).value() == uint64_t{256} << 20);
  CHECK(ParseSize("1G", 0).value() == uint64_t{1} << 30);
  CHECK(ParseSize("64KiB", 0).value() == 65536);
  CHECK(ParseSize("1.5K", 0).value() == 1536);
  CHECK(ParseSize("1", 0).value() == 1);
  CHECK(ParseSize("none", 9).value() == 9);
  for (const char* text : {"", "M", "1T", "-1", "0", "1e30"}) CHECK(!ParseSize(text, 0));
}

TEST_CASE("amounts are shown with three digits or so") {
  CHECK(FormatDuration(0.25) == "0.2 ms");
  CHECK(FormatDuration(250) == "250 ms");
  CHECK(FormatDuration(1000) == "1.00 s");
  CHECK(FormatDuration(125'000) == "2 min 5 s");
  CHECK(FormatSize(10) == "10 bytes");
  CHECK(FormatSize(1536) == "1.5 KiB");
  CHECK(FormatSize(1'000'000'000) == "953.7 MiB");
  CHECK(FormatSize(uint64_t{3} << 30) == "3.00 GiB");
}

}  // namespace v8py
