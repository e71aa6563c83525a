// Properties as Web IDL wants them: classes and functions of the global are not enumerable.
export function define(target, properties) {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(target, name, {
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    });
  }
}
