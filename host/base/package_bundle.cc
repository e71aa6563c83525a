#include "base/package_bundle.h"

#include "base/message_fields.h"

namespace v8py {

std::string EncodeBundleHead(const PackageBundle& bundle) {
  Json wheels = Json::array();
  for (const PackageBundle::Wheel& wheel : bundle.wheels) {
    wheels.push_back({{"file", wheel.file}, {"size", wheel.size}, {"sha256", wheel.sha256}});
  }
  std::string head =
      DumpJson({{"lock", bundle.lock}, {"wheels", wheels}, {"preload", bundle.preload}});
  std::string length;
  for (size_t i = 0; i < kBundleLength; ++i) {
    length += static_cast<char>(head.size() >> (8 * i) & 0xff);
  }
  return length + head;
}

uint64_t DecodeBundleLength(std::string_view bytes) {
  uint64_t length = 0;
  for (size_t i = kBundleLength; i-- > 0;) {
    length = length << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return length;
}

Result<PackageBundle> DecodeBundleHead(std::string_view bytes) {
  Result<Json> head = ParseJson(bytes);
  if (!head) return Fail(head.error().While("the bundle of packages"));
  PackageBundle bundle;
  Status status;
  Fields fields(*head, status);
  bundle.lock = fields.Any("lock");
  bundle.preload = fields.Texts("preload");
  for (const Json& wheel : fields.Array("wheels")) {
    Fields of_wheel(wheel, status);
    bundle.wheels.push_back(
        {of_wheel.Text("file"), of_wheel.Count("size"), of_wheel.Text("sha256")});
  }
  if (!status.ok()) return Fail(status.While("the bundle of packages"));
  return bundle;
}

}  // namespace v8py
