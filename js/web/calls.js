// Calls to the supervisor from the realm: their answers, and how failures look to JavaScript.
// native.onReply(id, reply) is how the host brings an answer that was not waited for.
const { JSON, Map, Promise } = globalThis;

// So many calls at once; more wait here. The supervisor takes a worker with many more for broken.
const MAX_UNDER_WAY = 64;
// Bytes of a body in one call: a frame holds 1 MiB.
export const MAX_PART = 512 * 1024;

export class CallError extends Error {
  // `errno`: its name, as "EACCES".
  constructor(errno, text) {
    super(text || errno);
    this.errno = errno;
  }
}

export function makeCalls(native) {
  const pending = new Map();
  const queue = [];

  function settle([error, text, json, bytes]) {
    if (error) throw new CallError(error, text);
    return { result: JSON.parse(json), bytes };
  }

  function send({ name, args, data, resolve, reject }) {
    pending.set(native.post(name, args, data), { resolve, reject });
  }

  native.onReply = (id, reply) => {
    const call = pending.get(id);
    if (!call) return;
    pending.delete(id);
    if (queue.length > 0) send(queue.shift());
    try {
      call.resolve(settle(reply));
    } catch (error) {
      call.reject(error);
    }
  };

  return {
    // A promise of {result, bytes}.
    ask(name, args, data) {
      return new Promise((resolve, reject) => {
        const call = { name, args: JSON.stringify(args), data, resolve, reject };
        pending.size < MAX_UNDER_WAY ? send(call) : queue.push(call);
      });
    },
    // The same, and everything else waits meanwhile.
    askNow(name, args, data) {
      const reply = native.call(name, JSON.stringify(args), data);
      if (reply === null) throw new CallError("EINTR", "interrupted");
      return settle(reply);
    },
  };
}
