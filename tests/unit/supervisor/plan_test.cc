#include "supervisor/packages/plan.h"

#include <doctest/doctest.h>

namespace v8py {

namespace {

Json Package() {
  return {{"name", "tulip"},    {"version", "1.0"},  {"file", "tulip-1.0-py3-none-any.whl"},
          {"sha256", "00"},     {"from", "index"},   {"place", "https://example.org/x.whl"},
          {"libraries", false}, {"requested", true}, {"requires", {"rose"}}};
}

// A package with one field that is another.
Result<Plan> With(const char* field, Json value) {
  Json package = Package();
  package[field] = std::move(value);
  return Plan::FromJson({{"packages", {package}}});
}

}  // namespace

TEST_CASE("a plan is the same after JSON") {
  Json json = {{"packages", {Package()}}, {"requirements", {"tulip>=1"}}};
  auto plan = Plan::FromJson(json);
  REQUIRE(plan);
  CHECK(plan->ToJson() == json);
  CHECK(plan->packages[0].requires_names == std::vector<std::string>{"rose"});
  json["packages"][0]["from"] = "distribution";
  CHECK(Plan::FromJson(json)->packages[0].from == PlannedPackage::From::kDistribution);
  CHECK(Plan::FromJson({{"packages", Json::array()}})->packages.empty());
}

TEST_CASE("what is no plan is refused, whatever is wrong with it") {
  for (const Json& json :
       {Json(), Json(1), Json("x"), Json::array(), Json::object(), Json{{"packages", 1}},
        Json{{"packages", {1}}}, Json{{"packages", {Json::array()}}},
        Json{{"packages", {Json::object()}}}}) {
    CHECK_MESSAGE(!Plan::FromJson(json), json.dump());
  }
}

TEST_CASE("a package without a name, a place or a file of a folder is refused") {
  for (const char* field : {"name", "file", "place"}) {
    for (const Json& value : {Json(), Json(1), Json(""), Json::array(), Json::object()}) {
      CHECK_MESSAGE(!With(field, value), field << value.dump());
    }
  }
  for (const char* file : {"../x.whl", "a/b.whl", "/x.whl", ".", "..", ".hidden"}) {
    CHECK_MESSAGE(!With("file", file), file);
  }
  CHECK(!With("file", std::string("a\0b", 3)));
  CHECK(With("file", std::string(255, 'a')));
  CHECK(!With("file", std::string(256, 'a')));
}

TEST_CASE("other fields of another type are as if they were not there") {
  for (const Json& value : {Json(), Json(1), Json::array(), Json::object()}) {
    CHECK(With("version", value)->packages[0].version == "");
    CHECK(With("sha256", value)->packages[0].sha256 == "");
    CHECK(With("from", value)->packages[0].from == PlannedPackage::From::kFile);
    CHECK(!With("libraries", value)->packages[0].libraries);
    CHECK(!With("requested", value)->packages[0].requested);
    CHECK(With("requires", value)->packages[0].requires_names.empty());
  }
  CHECK(With("requires", {1, "a", Json()})->packages[0].requires_names ==
        std::vector<std::string>{"a"});
  Json json = {{"packages", Json::array()}, {"requirements", {1, "a"}}};
  CHECK(Plan::FromJson(json)->requirements == std::vector<std::string>{"a"});
}

}  // namespace v8py
