// The same in C++17, with output as it comes.
#include <iostream>
#include <v8py.hpp>

int main() {
  auto runtime = v8py::Runtime::Create();
  if (!runtime) return std::cerr << runtime.error->message << "\n", 1;
  v8py::Options options;
  options.Code("for i in range(3): print(i)").Limit(V8PY_LIMIT_WALL, 5000);
  options.OnOutput([](v8py_stream, std::string_view text) { return bool(std::cout << text); });
  auto run = runtime.value->Start(options);
  if (!run) return std::cerr << run.error->message << "\n", 1;
  auto result = run.value->Wait();
  if (!result) return std::cerr << result.error->message << "\n", 1;
  std::cout << result.value->StatusName() << "\n";
  return result.value->Status() == V8PY_STATUS_OK ? 0 : 1;
}
