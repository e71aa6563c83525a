// Files in the guest's own memory: how much they may hold together.
// The body of a function (native, globalThis); gives native.boundMemoryFiles to 15_files.js.
"use strict";

const { Infinity, Math, Object, RangeError } = globalThis;

// What a name costs of the limit, so that there are not millions.
const COST_OF_NAME = 1024;
// More is no file, whatever the limit.
const MAX_FILE = 2 ** 31;

// From here on. What is made while there is no limit is not counted.
native.boundMemoryFiles = function (FS, fail) {
  let limit = Infinity;
  let used = 0;
  let program = 0; // that runs

  function charge(node, cost) {
    const before = node.charged ?? 0;
    if (cost > MAX_FILE) fail("EFBIG");
    if (cost > 0) node.changedIn = program;
    if (limit === Infinity && cost > before) return;
    if (cost > before && used + cost - before > limit) fail("ENOSPC");
    used += cost - before;
    node.charged = cost;
  }

  function replace(table, name, make) {
    table[name] = make(table[name]);
  }

  // Where a file of this size is made room for: there may be none.
  function orFull(action) {
    try {
      return action();
    } catch (error) {
      if (error instanceof RangeError && /array/i.test(error.message)) fail("ENOSPC");
      throw error;
    }
  }

  // A file of the host, which is no file in memory: 15_files.js has made it.
  const isMount = (node) => node?.hostMount !== undefined;
  const { file, dir } = FS.filesystems.MEMFS.ops_table;
  // A file that nobody can name lasts, and costs, for as long as it is open.
  const release = (node) => {
    if (!node.opened) charge(node, 0);
    node.unlinked = true;
  };
  replace(file.stream, "write", (write) => (stream, buffer, offset, length, position, canOwn) => {
    const { node } = stream;
    const size = Math.max(node.usedBytes, position + length);
    if (node.charged !== undefined || size > node.usedBytes) charge(node, COST_OF_NAME + size);
    node.changedIn = program;
    return orFull(() => write(stream, buffer, offset, length, position, canOwn));
  });
  file.stream.open = (stream) => {
    stream.node.opened = (stream.node.opened ?? 0) + 1;
  };
  file.stream.dup = file.stream.open;
  file.stream.close = ({ node }) => {
    if (--node.opened === 0 && node.unlinked) charge(node, 0);
  };
  replace(file.node, "setattr", (setattr) => (node, attr) => {
    if (attr.size !== undefined) charge(node, COST_OF_NAME + attr.size);
    orFull(() => setattr(node, attr));
  });
  const making = (make) => (parent, name, ...rest) => {
    if (used + COST_OF_NAME > limit) fail("ENOSPC");
    const node = make(parent, name, ...rest);
    charge(node, COST_OF_NAME);
    return node;
  };
  replace(dir.node, "mknod", making);
  replace(dir.node, "symlink", making);
  const removing = (remove) => (parent, name) => {
    const node = parent.contents[name];
    if (isMount(node)) fail("EBUSY");
    remove(parent, name);
    if (node) release(node);
  };
  replace(dir.node, "unlink", removing);
  replace(dir.node, "rmdir", removing);
  replace(dir.node, "rename", (rename) => (node, newParent, newName) => {
    if (!newParent.contents) fail("EXDEV");
    const replaced = newParent.contents[newName];
    if (isMount(node) || isMount(replaced)) fail("EBUSY");
    rename(node, newParent, newName);
    if (replaced && replaced !== node) release(replaced);
  });

  return {
    // In bytes; Infinity: none.
    limit(bytes) {
      limit = bytes;
    },
    // What is changed from now on is the next program's.
    begin() {
      program++;
    },
    // Files that this program has made or changed in a folder and below: [path, bytes].
    changed(folder) {
      const found = [];
      const walk = (node, path) => {
        for (const [name, child] of Object.entries(node.contents ?? {})) {
          if (FS.isDir(child.mode) && !child.mounted) walk(child, `${path}/${name}`);
          const own = FS.isFile(child.mode) && child.changedIn === program && !isMount(child);
          if (own) found.push([`${path}/${name}`, child.usedBytes]);
        }
      };
      walk(FS.lookupPath(folder, { follow_mount: false }).node, folder);
      return found;
    },
  };
};
