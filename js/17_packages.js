// Packages in the guest: the files of packs (_v8py_pack.py has the format) appear in site-packages,
// and are read from the pack when they are wanted. Nothing is unpacked.
// The body of a function (native, globalThis); gives native.makePackages to 20_pyodide.js.
"use strict";

const { Date, Map, Math, Number, Object, TextDecoder, Uint8Array, JSON } = globalThis;

const TRAILER = 32;
const SEAL = 64; // the supervisor's, after it
const FILE = 0o100444;
const FOLDER = 0o040755;
const EROFS = 69, ENODEV = 43, EINVAL = 28, EIO = 29;

native.makePackages = function (pyodide) {
  const { FS, _module: module, _api: api } = pyodide;
  const { MEMFS } = FS.filesystems;
  const fail = (errno) => {
    throw new FS.ErrnoError(errno);
  };

  function readAll(descriptor, offset, size) {
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const got = native.readAt(descriptor, bytes.subarray(done), offset + done);
      if (got <= 0) throw new Error("a pack of a package cannot be read");
      done += got;
    }
    return bytes;
  }

  function readIndex(descriptor) {
    const [, size] = native.statOpen(descriptor);
    const text = new TextDecoder().decode(readAll(descriptor, size - SEAL - TRAILER, TRAILER));
    const [offset, length] = [text.slice(0, 16), text.slice(16)].map((digits) => Number(`0x${digits}`));
    return JSON.parse(new TextDecoder().decode(readAll(descriptor, offset, length)));
  }

  // The files of an index as a tree: a Map for a folder, [descriptor, offset, size] for a file.
  function makeTree(descriptor, files) {
    const root = new Map();
    const folders = new Map([["", root]]);
    const folderOf = (path) => {
      let folder = folders.get(path);
      if (folder) return folder;
      const slash = path.lastIndexOf("/");
      folder = new Map();
      folderOf(slash < 0 ? "" : path.slice(0, slash)).set(path.slice(slash + 1), folder);
      folders.set(path, folder);
      return folder;
    };
    for (const [path, offset, size] of files) {
      const slash = path.lastIndexOf("/");
      const folder = folderOf(slash < 0 ? "" : path.slice(0, slash));
      folder.set(path.slice(slash + 1), [descriptor, offset, size]);
    }
    return root;
  }

  // ---- Nodes ----

  const made = Date.now();

  const fileNode = {
    getattr(node) {
      const time = new Date(made);
      return {
        dev: 1, ino: node.id, mode: node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size: node.packed[2],
        atime: time, mtime: time, ctime: time, blksize: 4096, blocks: Math.ceil(node.packed[2] / 512),
      };
    },
    setattr: () => fail(EROFS),
  };

  const fileStream = {
    open(stream) {
      if ((stream.flags & 3) === 0) return;
      FS.closeStream(stream.fd);
      fail(EROFS);
    },
    read(stream, buffer, offset, length, position) {
      const [descriptor, start, size] = stream.node.packed;
      const count = Math.min(length, size - position);
      if (count <= 0) return 0;
      const got = native.readAt(descriptor, buffer.subarray(offset, offset + count), start + position);
      return got < 0 ? fail(EIO) : got;
    },
    write: () => fail(EROFS),
    llseek(stream, offset, whence) {
      let position = offset;
      if (whence === 1) position += stream.position;
      if (whence === 2) position += stream.node.packed[2];
      return position < 0 ? fail(EINVAL) : position;
    },
    mmap(stream, length, position, prot, flags) {
      const empty = { node: { mode: FILE, contents: new Uint8Array(0) } };
      const mapped = MEMFS.stream_ops.mmap(empty, length, 0, prot, flags);
      const view = module.HEAPU8.subarray(mapped.ptr, mapped.ptr + length);
      fileStream.read(stream, view, 0, length, position);
      return mapped;
    },
  };

  // Folders of the guest's memory whose content is put there when somebody first looks.
  const { dir } = MEMFS.ops_table;
  const after = (operation) => (node, ...rest) => {
    fill(node);
    return operation(node, ...rest);
  };
  const folderNode = {
    ...dir.node,
    lookup(parent, name) {
      fill(parent);
      return Object.hasOwn(parent.contents, name) ? parent.contents[name] : dir.node.lookup(parent, name);
    },
    mknod: after((...rest) => dir.node.mknod(...rest)),
    readdir: after((...rest) => dir.node.readdir(...rest)),
    rmdir: after((...rest) => dir.node.rmdir(...rest)),
    symlink: after((...rest) => dir.node.symlink(...rest)),
    unlink: after((...rest) => dir.node.unlink(...rest)),
    rename(node, newParent, newName) {
      fill(newParent);
      dir.node.rename(node, newParent, newName);
    },
  };

  function fill(node) {
    const trees = node.unfilled;
    if (!trees) return;
    node.unfilled = null;
    for (const tree of trees) merge(node, tree);
  }

  // What is there already stays; a folder may get more. A time of its own for each change: Python
  // looks again into a folder that has changed.
  function merge(parent, tree) {
    for (const [name, what] of tree) {
      const there = Object.hasOwn(parent.contents, name) ? parent.contents[name] : null;
      if (what instanceof Map) {
        if (!there) addFolder(parent, name, [what]);
        else if (there.unfilled) there.unfilled.push(what);
        else if (FS.isDir(there.mode)) merge(there, what);
      } else if (!there) {
        const node = FS.createNode(parent, name, FILE);
        node.node_ops = fileNode;
        node.stream_ops = fileStream;
        node.packed = what;
        parent.contents[name] = node;
      }
    }
    parent.mtime = parent.ctime = Date.now();
  }

  function addFolder(parent, name, trees) {
    const node = FS.createNode(parent, name, FOLDER);
    node.node_ops = folderNode;
    node.stream_ops = dir.stream;
    node.contents = Object.create(null); // a file may be called "constructor"
    node.unfilled = trees;
    parent.contents[name] = node;
  }

  const folderAt = (path) => {
    FS.mkdirTree(path);
    return FS.lookupPath(path).node;
  };

  const added = new Map(); // name → version

  return {
    // Puts the files of packs where Python finds them. Gives how many there were.
    add(descriptors) {
      for (const descriptor of descriptors) {
        const index = readIndex(descriptor);
        const target = folderAt(index.libraries ? "/usr/lib" : api.sitePackages);
        merge(target, makeTree(descriptor, index.files));
        added.set(index.name, index.version);
      }
      return descriptors.length;
    },
  };
};
