// A Python interpreter in a Web Worker: cells come in as messages and run one after the other.
//
// The binary is a WASI reactor. Its export turn(ptr, len) runs a piece of source in __main__ and
// returns with all state kept, so nothing has to be suspended, and the page needs no special
// headers. Files lie in memory; those that are large and seldom read are fetched when opened.
import { Directory, Fd, File, OpenFile, PreopenDirectory, WASI, wasi as defs } from "@bjorn3/browser_wasi_shim";

const LIBRARY = "/usr/local/lib/python315.zip";
const MOST_TEXT = 400_000; // characters of one cell's output that reach the page
const encoder = new TextEncoder();
const started = performance.now();
const times = {};
let python; // the exports of the running interpreter
let kernels; // of kernels.ts, at work in the interpreter's memory
const reader = new Map(); // the folder in which cells run
let written = 0;
let left_out = 0;

const since = () => Math.round(performance.now() - started);

// ---- files ----

// Standard output and errors: passed on as they are written, up to a limit that a page can show.
class Output extends Fd {
  constructor(kind) {
    super();
    this.kind = kind;
    this.decoder = new TextDecoder();
  }

  fd_filestat_get() {
    return { ret: 0, filestat: new defs.Filestat(0n, defs.FILETYPE_CHARACTER_DEVICE, 0n) };
  }

  fd_fdstat_get() {
    const fdstat = new defs.Fdstat(defs.FILETYPE_CHARACTER_DEVICE, 0);
    fdstat.fs_rights_base = BigInt(defs.RIGHTS_FD_WRITE | defs.RIGHTS_FD_SEEK); // a terminal could not seek
    return { ret: 0, fdstat };
  }

  fd_write(data) {
    if (written >= MOST_TEXT) left_out += data.byteLength;
    else {
      const text = this.decoder.decode(data, { stream: true });
      const shown = text.slice(0, MOST_TEXT - written);
      written += shown.length;
      left_out += text.length - shown.length;
      if (shown) postMessage({ type: "text", stream: this.kind, text: shown });
    }
    return { ret: 0, nwritten: data.byteLength };
  }
}

// The C library's access() reads the rights of a folder; the shim gives none.
class Folder extends PreopenDirectory {
  fd_fdstat_get() {
    const fdstat = new defs.Fdstat(defs.FILETYPE_DIRECTORY, 0);
    fdstat.fs_rights_base = fdstat.fs_rights_inherited = fdstat.fs_rights_inheriting = 0xfffffffn;
    return { ret: 0, fdstat };
  }
}

// A file that is fetched when it is first opened. A worker may wait for what it fetches.
class Distant extends File {
  constructor(url, size) {
    super(new Uint8Array(0), { readonly: true });
    Object.assign(this, { url, expected: size, here: false });
  }

  path_open(...all) {
    if (!this.here) {
      postMessage({ type: "fetching", size: this.expected });
      const request = new XMLHttpRequest();
      request.open("GET", this.url, false);
      request.responseType = "arraybuffer";
      try {
        request.send();
      } catch {
        return { ret: defs.ERRNO_IO, fd_obj: null };
      }
      if (request.status !== 200) return { ret: defs.ERRNO_IO, fd_obj: null };
      this.data = new Uint8Array(request.response);
      this.here = true;
    }
    return super.path_open(...all);
  }

  get size() {
    return BigInt(this.here ? this.data.byteLength : this.expected);
  }
}

// A pack is a 32-bit length, as many bytes of JSON [[path, size], ...], and the files' bytes.
function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const index = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  return index.map(([path, size]) => {
    at += size;
    return [path, new Uint8Array(buffer, at - size, size)];
  });
}

function place(root, path, file) {
  const parts = path.split("/");
  const name = parts.pop();
  let at = root;
  for (const part of parts) {
    if (!at.has(part)) at.set(part, new Directory(new Map()));
    at = at.get(part).contents;
  }
  at.set(name, file);
}

// ---- what comes over the wire ----

// A response, counted while it comes and unpacked here where its name ends in .gz. It is kept for the
// next page in the Cache API; where there is none, the browser's own cache has to do.
async function body(url, count) {
  let store = null;
  let response = null;
  try {
    store = await caches.open("w2v-live");
    response = await store.match(url);
  } catch {
    // Not in a secure context, or forbidden: only speed is lost.
  }
  if (!response) {
    response = await fetch(url);
    if (!response.ok) throw new Error(`${url.split("/").pop()} could not be loaded (${response.status})`);
    if (store) {
      const copy = response.clone();
      store.put(url, copy).catch(() => {}); // no room
    }
  } else count.cached = true;
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        count(chunk.byteLength);
        controller.enqueue(chunk);
      },
    }),
  );
  // A server may have said that it is packed; then the browser has unpacked it.
  const packed = url.endsWith(".gz") && response.headers.get("Content-Encoding") === null;
  return packed ? counted.pipeThrough(new DecompressionStream("gzip")) : counted;
}

async function forget(names) {
  try {
    const store = await caches.open("w2v-live");
    for (const { url } of await store.keys()) {
      if (!names.some((name) => url.endsWith(name))) await store.delete(url);
    }
  } catch {
    // Nothing is kept, so there is nothing to forget.
  }
}

// ---- the interpreter ----

async function start({ base, manifest, module }) {
  const { wasm, packs, distant } = manifest;
  const total = packs.reduce((sum, { size }) => sum + size, module ? 0 : wasm.size);
  let here = 0;
  let told = 0;
  const count = (bytes) => {
    here += bytes;
    if (here - told > 200_000 || here === total) {
      told = here;
      postMessage({ type: "progress", here, total, cached: Boolean(count.cached) });
    }
  };
  const contents = packs.map(async ({ name }) => unpack(await new Response(await body(base + name, count)).arrayBuffer()));
  module ??= await WebAssembly.compileStreaming(
    new Response(await body(base + wasm.name, count), { headers: { "Content-Type": "application/wasm" } }),
  );
  times.compiled = since();
  const files = (await Promise.all(contents)).flat();
  times.loaded = since();
  forget([wasm.name, ...packs.map(({ name }) => name)]);
  const folders = { lib: new Map(), "mpl-data": new Map(), site: new Map() };
  for (const [path, data] of files) {
    const [top] = path.split("/", 1);
    place(folders[top], path.slice(top.length + 1), new File(data, { readonly: true }));
  }
  for (const { path, name, size } of distant) place(folders.site, path, new Distant(base + name, size));
  const descriptors = [
    new OpenFile(new File([])),
    new Output("stdout"),
    new Output("stderr"),
    new Folder("/usr/local/lib", folders.lib),
    new Folder(`${LIBRARY}/matplotlib/mpl-data`, folders["mpl-data"]),
    new Folder("/site", folders.site),
    new Folder("/tmp", new Map()),
    new Folder("/reader", reader),
  ];
  const variables = [
    "TMPDIR=/tmp", "HOME=/reader", "PYTHONTZPATH=", "NO_COLOR=1", "OMP_NUM_THREADS=1",
    "MPLBACKEND=module://w2v_page", "MPLCONFIGDIR=/reader",
  ];
  const wasi = new WASI(["/usr/local/bin/python.wasm"], variables, descriptors, { debug: false });
  const imports = { wasi_snapshot_preview1: { ...wasi.wasiImport }, host: { call: door } };
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] ??= () => defs.ERRNO_NOSYS;
  }
  const instance = await WebAssembly.instantiate(module, imports);
  python = instance.exports;
  wasi.inst = instance;
  python._initialize?.();
  times.instantiated = since();
  const env = { memory: python.memory, exp: Math.exp };
  kernels = (await WebAssembly.instantiate(folders.site.get("kernels.wasm").data, { env })).instance.exports;
  // The binary remembers where things stand in its whole library; this is a part of it.
  const forgetting = "for _one in list(sys.path_importer_cache.values()): getattr(_one, 'invalidate_caches', int)()";
  if (turn(`import sys\n${forgetting}\nsys.path.append('/site')\nimport w2v_page`) !== 0) throw new Error("Python did not start");
  times.ready = since();
  postMessage({ type: "ready", times, module, memory: python.memory.buffer.byteLength });
}

function write(bytes) {
  const at = python.host_alloc(bytes.length || 1) >>> 0;
  new Uint8Array(python.memory.buffer).set(bytes, at);
  return at;
}

function turn(source) {
  const bytes = encoder.encode(source);
  return python.turn(write(bytes), bytes.length);
}

// The way out of Python: _host.call(frame) comes here, a frame being JSON.
function door(at, length, answerAt, answerLength) {
  const message = JSON.parse(new TextDecoder().decode(new Uint8Array(python.memory.buffer, at, length)));
  let answer = "";
  if (message.type === "answer") answers.push(message.value);
  else if (message.type === "kernel") answer = String(kernels[message.name](...message.values) ?? 0);
  else postMessage(message);
  const bytes = encoder.encode(answer);
  const view = () => new DataView(python.memory.buffer);
  const place = write(bytes);
  view().setUint32(answerAt, place, true);
  view().setUint32(answerLength, bytes.length, true);
  return 0;
}

// Calls a function of w2v_page with JSON; what it gives to `answer` comes back.
const answers = [];
function call(name, ...values) {
  answers.length = 0;
  const status = turn(`w2v_page.${name}(*w2v_page.json.loads(${pythonText(JSON.stringify(values))}))`);
  if (status !== 0) throw new Error(`Python ended with ${status}`);
  return answers[0];
}

// A Python literal: JSON's escapes are Python's, but for halves of a pair, which JSON.stringify escapes.
function pythonText(text) {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

onmessage = async ({ data }) => {
  try {
    if (data.type === "start") await start(data);
    else if (data.type === "put") reader.set(data.name, new File(data.data));
    else if (data.type === "run") {
      const begin = performance.now();
      written = left_out = 0;
      const ok = call("run", data.source, data.name);
      if (left_out) postMessage({ type: "left-out", size: left_out });
      postMessage({ type: "done", id: data.id, ok, ms: performance.now() - begin, memory: python.memory.buffer.byteLength });
    } else postMessage({ type: "done", id: data.id, value: call(data.type, ...data.values) });
  } catch (error) {
    postMessage({ type: "fatal", text: String(error?.message ?? error), stack: String(error?.stack) });
  }
};
