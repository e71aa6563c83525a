// Headers (Fetch standard). What cannot be sent is an error; the polyfill alone leaves it out, in
// silence.
import { Headers as Lenient } from "headers-polyfill";

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function check(name, value) {
  if (!NAME.test(name)) throw new TypeError(`'${name}' is no name of a header`);
  const text = String(value).replace(/^[\t\r\n ]+|[\t\r\n ]+$/g, "");
  if (!VALUE.test(text)) throw new TypeError(`the value of header '${name}' has a character that it must not have`);
  return text;
}

export class Headers extends Lenient {
  append(name, value) {
    super.append(name, check(name, value));
  }
  set(name, value) {
    super.set(name, check(name, value));
  }
}
