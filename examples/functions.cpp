// Functions of this program that the guest may call, as an agent calls its tools.
#include <iostream>
#include <v8py.hpp>

int main() {
  auto runtime = v8py::Runtime::Create();
  if (!runtime) return std::cerr << runtime.error->message << "\n", 1;
  v8py::Options options;
  options
      .Code(R"(
from v8py import host
print(host.weather("Oslo"))
try:
    host.transfer(1000)
except PermissionError as error:
    print(error)
)")
      .Configure(R"({"timeout": "10s", "allow-host-call": ["weather"]})")
      .Function("weather",
                [](v8py::Call call) {
                  std::cerr << "asked for " << call.ArgumentsJson() << "\n";
                  call.Return(R"({"sky": "clear", "celsius": -3})");
                })
      .Function("transfer", [](v8py::Call call) { call.Raise("RuntimeError", "not today"); });
  auto run = runtime.value->Start(options);
  if (!run) return std::cerr << run.error->message << "\n", 1;
  auto result = run.value->Wait();
  if (!result) return std::cerr << result.error->message << "\n", 1;
  std::cout << result.value->Output();
  return result.value->ExitCode();
}
