/* Runs a line of Python that nobody has to trust, and prints what came of it. */
#include <stdio.h>
#include <string.h>
#include <v8py.h>

int main(void) {
  const char* code = "print('hello from', __import__('sys').version.split()[0]); 6 * 7";
  v8py_runtime* runtime = NULL;
  v8py_run* run = NULL;
  v8py_result* result = NULL;
  v8py_options* options = v8py_options_new();
  v8py_error* error = v8py_runtime_new(NULL, &runtime);
  if (!error) error = v8py_options_set_code(options, code, strlen(code));
  if (!error) error = v8py_options_set_limit(options, V8PY_LIMIT_WALL, 5000);
  if (!error) error = v8py_run_start(runtime, options, &run);
  if (!error) error = v8py_run_wait(run, &result);
  puts(error ? v8py_error_message(error) : v8py_result_json(result));
  int failed = error != NULL || v8py_result_get_status(result) != V8PY_STATUS_OK;
  v8py_error_free(error);
  v8py_result_free(result);
  v8py_run_free(run);
  v8py_options_free(options);
  v8py_runtime_free(runtime);
  return failed;
}
