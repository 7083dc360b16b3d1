// A second implementation of spec/checksum.md, in JavaScript, written from its text alone.
//
//   node tests/checksum/checksum.mjs           every vector of spec/vectors that states a checksum; status 1 where one differs
//   node tests/checksum/checksum.mjs --lines   reads documents, one a line; prints the three forms of each

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { Num, parse, write } from './json.mjs';
import { u64, u128, xxh3_128 } from './xxh3.mjs';

const utf8 = (text) => new TextEncoder().encode(text);
const eight = (number, littleEndian) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, u64(number), littleEndian);
  return bytes;
};
const double = (num) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, Number(num.text), false);
  return bytes;
};
const isBeyondDoubles = (num) => !Number.isFinite(Number(num.text));

// --- the checksum (C1 to C5) ---

const keyed = (key, bytes) => xxh3_128(bytes, u64(key)) ^ ((key >> 64n) << 64n);
const member = (key, name) => keyed(key, utf8(name));
const elements = (key) => keyed(key, Uint8Array.of(0xff));
const weight = (key, index) => keyed(key, eight(BigInt(index), true)) | 1n;
const ROOT = xxh3_128(new Uint8Array(0));

function words(value) {
  const halves = (hash) => [u64(hash), hash >> 64n];
  if (value === null) return [0n, 1n];
  if (value === false) return [0n, 2n];
  if (value === true) return [0n, 3n];
  if (typeof value === 'string') return halves(xxh3_128(utf8(value)));
  if (Array.isArray(value)) return [0n, 7n];
  if (value instanceof Map) return [0n, 8n];
  if (value.whole !== undefined) return [u64(value.whole), value.whole < 0n ? 5n : 4n];
  if (isBeyondDoubles(value)) return halves(xxh3_128(utf8(value.text), 9n));
  return [new DataView(double(value).buffer).getBigUint64(0, false), 6n];
}

function sum(value, key) {
  const [first, second] = words(value);
  let total = u64(first + key) * u64(second + (key >> 64n));
  if (Array.isArray(value)) {
    value.forEach((item, index) => (total += weight(key, index) * sum(item, elements(key))));
  } else if (value instanceof Map) {
    value.forEach((item, name) => (total += sum(item, member(key, name))));
  }
  return u128(total);
}

const checksum = (value, key = ROOT) => sum(value, key).toString(16).padStart(32, '0');

/** The value below a path, with its key. */
function part(document, path) {
  let [value, key] = [document, ROOT];
  for (const token of path.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (value instanceof Map && value.has(name)) {
      [value, key] = [value.get(name), member(key, name)];
    } else if (Array.isArray(value) && /^(0|[1-9]\d*)$/.test(name) && Number(name) < value.length) {
      [value, key] = [value[Number(name)], elements(key)];
    } else {
      return undefined;
    }
  }
  return { value, key };
}

// --- the strong form (C6) ---

const sha256 = (...parts) => parts.reduce((hash, bytes) => hash.update(bytes), createHash('sha256')).digest();
const inBytes = ([a], [b]) => Buffer.compare(utf8(a), utf8(b));

function strong(value) {
  const tagged = (tag, ...content) => sha256(Uint8Array.of(tag), ...content);
  if (value === null) return tagged(0);
  if (value === false) return tagged(1);
  if (value === true) return tagged(2);
  if (typeof value === 'string') return tagged(6, utf8(value));
  if (Array.isArray(value)) return tagged(7, ...value.map(strong));
  if (value instanceof Map) {
    const members = [...value].sort(inBytes);
    return tagged(8, ...members.flatMap(([name, item]) => [sha256(utf8(name)), strong(item)]));
  }
  if (value.whole !== undefined) return tagged(value.whole < 0n ? 4 : 3, eight(value.whole, false));
  if (isBeyondDoubles(value)) return tagged(9, utf8(value.text));
  return tagged(5, double(value));
}

// --- Movex's form (C7): what JSON.parse, sort and JSON.stringify do ---

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  // Without a prototype, so that __proto__ is a name like any other.
  const object = Object.create(null);
  for (const name of Object.keys(value).sort()) object[name] = sorted(value[name]);
  return object;
}

function movex(value) {
  const state = JSON.parse(write(value));
  const isObject = state !== null && typeof state === 'object';
  const text = isObject ? JSON.stringify(Array.isArray(state) ? state : sorted(state)) : String(state);
  return createHash('md5').update(text, 'utf8').digest('hex');
}

// --- the vectors ---

const FORMS = {
  plain: ({ value, key }) => checksum(value, key),
  strong: ({ value }) => strong(value).toString('hex'),
  movex: ({ value }) => movex(value),
};

function checkVectors() {
  const folder = new URL('../../spec/vectors/', import.meta.url);
  const agreed = { plain: 0, strong: 0, movex: 0 };
  const differ = [];
  for (const file of readdirSync(folder).sort()) {
    for (const vector of parse(readFileSync(new URL(file, folder), 'utf8')).get('cases')) {
      const ok = vector.get('reply').get('ok');
      if (!ok?.has('checksum')) continue;
      const request = vector.get('request') ?? parse(vector.get('line'));
      const document = ok.has('state') ? ok.get('state') : request.get('document');
      const form = request.get('form') ?? 'plain';
      const found = part(document, request.get('path') ?? '');
      const own = found ? FORMS[form](found) : null;
      if (own === ok.get('checksum')) agreed[form]++;
      else differ.push(`${file}: ${vector.get('description')}: ${own}, but stated is ${ok.get('checksum')}`);
    }
  }
  differ.forEach((line) => console.log(line));
  console.log(JSON.stringify({ ...agreed, differ: differ.length }));
  return differ.length === 0 && Object.values(agreed).every((count) => count > 0);
}

function printLines() {
  for (const line of readFileSync(0, 'utf8').split('\n').filter((line) => line !== '')) {
    const value = parse(line);
    console.log(Object.values(FORMS).map((form) => form({ value, key: ROOT })).join(' '));
  }
}

if (process.argv[2] === '--lines') printLines();
else process.exitCode = checkVectors() ? 0 : 1;
