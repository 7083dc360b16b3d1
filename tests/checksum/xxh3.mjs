// XXH3 with 128 bits and a seed, after its specification: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
// Made to be read beside it, and not to be fast.

const DEFAULT_SECRET = bytesOf(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221' +
  'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
  'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb' +
  '170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
);
const P32_1 = 0x9e3779b1n, P32_2 = 0x85ebca77n, P32_3 = 0xc2b2ae3dn;
const P64_1 = 0x9e3779b185ebca87n, P64_2 = 0xc2b2ae3d27d4eb4fn, P64_3 = 0x165667b19e3779f9n;
const P64_4 = 0x85ebca77c2b2ae63n, P64_5 = 0x27d4eb2f165667c5n;
const MX1 = 0x165667919e3779f9n, MX2 = 0x9fb21c651e98df25n;

export const u64 = (number) => BigInt.asUintN(64, number);
export const u128 = (number) => BigInt.asUintN(128, number);
const u32 = (number) => BigInt.asUintN(32, number);

function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const read32 = (bytes, at) => BigInt(view(bytes).getUint32(at, true));
const read64 = (bytes, at) => view(bytes).getBigUint64(at, true);

const swap = (number, bytes) =>
  BigInt('0x' + number.toString(16).padStart(2 * bytes, '0').match(/../g).reverse().join(''));
const folded = (first, second) => {
  const product = first * second;
  return u64(product) ^ (product >> 64n);
};
const shifted = (number, by) => number ^ (number >> by);
const avalanche = (hash) => shifted(u64(shifted(hash, 37n) * MX1), 32n);
const avalanche64 = (hash) => shifted(u64(shifted(u64(shifted(hash, 33n) * P64_2), 29n) * P64_3), 32n);
const joined = (low, high) => (high << 64n) | low;

/** The hash of bytes, as an unsigned number of 128 bits. */
export function xxh3_128(bytes, seed = 0n) {
  const length = bytes.length;
  if (length === 0) return empty(seed);
  if (length <= 3) return upTo3(bytes, seed);
  if (length <= 8) return upTo8(bytes, seed);
  if (length <= 16) return upTo16(bytes, seed);
  if (length <= 128) return upTo128(bytes, seed);
  if (length <= 240) return upTo240(bytes, seed);
  return long(bytes, seed);
}

const secret64 = (at, secret = DEFAULT_SECRET) => read64(secret, at);
const secret32 = (at) => read32(DEFAULT_SECRET, at);

function empty(seed) {
  return joined(
    avalanche64(seed ^ secret64(64) ^ secret64(72)),
    avalanche64(seed ^ secret64(80) ^ secret64(88)),
  );
}

function upTo3(bytes, seed) {
  const length = bytes.length;
  const [first, middle, last] = [0, length >> 1, length - 1].map((at) => BigInt(bytes[at]));
  const combined = (first << 16n) | (middle << 24n) | last | (BigInt(length) << 8n);
  const swapped = swap(combined, 4);
  const turned = u32((swapped << 13n) | (swapped >> 19n));
  return joined(
    avalanche64(combined ^ u64((secret32(0) ^ secret32(4)) + seed)),
    avalanche64(turned ^ u64((secret32(8) ^ secret32(12)) - seed)),
  );
}

function upTo8(bytes, seed) {
  const length = bytes.length;
  const mixed = seed ^ (swap(u32(seed), 4) << 32n);
  const input = read32(bytes, 0) | (read32(bytes, length - 4) << 32n);
  const keyed = input ^ u64((secret64(16) ^ secret64(24)) + mixed);
  const product = keyed * (P64_1 + (BigInt(length) << 2n));
  const high = u64((product >> 64n) + (product << 1n & 0xfffffffffffffffen));
  const low = u64(product) ^ (high >> 3n);
  return joined(shifted(u64(shifted(low, 35n) * MX2), 28n), avalanche(high));
}

function upTo16(bytes, seed) {
  const length = bytes.length;
  const flipLow = u64((secret64(32) ^ secret64(40)) - seed);
  const flipHigh = u64((secret64(48) ^ secret64(56)) + seed);
  const input = read64(bytes, 0);
  const end = read64(bytes, length - 8);
  const product = (input ^ end ^ flipLow) * P64_1;
  let low = u64(product + (BigInt(length - 1) << 54n));
  const flipped = end ^ flipHigh;
  const high = u64((product >> 64n) + flipped + u32(flipped) * (P32_2 - 1n));
  low ^= swap(high, 8);
  const second = low * P64_2;
  return joined(avalanche(u64(second)), avalanche(u64((second >> 64n) + high * P64_2)));
}

const mixed16 = (bytes, at, secretAt, seed) =>
  folded(
    read64(bytes, at) ^ u64(secret64(secretAt) + seed),
    read64(bytes, at + 8) ^ u64(secret64(secretAt + 8) - seed),
  );

function mix32([low, high], bytes, first, second, secretAt, seed) {
  const sum = (at) => u64(read64(bytes, at) + read64(bytes, at + 8));
  return [
    u64(low + mixed16(bytes, first, secretAt, seed)) ^ sum(second),
    u64(high + mixed16(bytes, second, secretAt + 16, seed)) ^ sum(first),
  ];
}

function finished([low, high], length, seed) {
  const last = u64(low * P64_1 + high * P64_4 + (BigInt(length) - seed) * P64_2);
  return joined(avalanche(u64(low + high)), u64(-avalanche(last)));
}

function upTo128(bytes, seed) {
  const length = bytes.length;
  let state = [u64(BigInt(length) * P64_1), 0n];
  for (let round = (length - 1) >> 5; round >= 0; round--) {
    state = mix32(state, bytes, 16 * round, length - 16 * (round + 1), 32 * round, seed);
  }
  return finished(state, length, seed);
}

function upTo240(bytes, seed) {
  const length = bytes.length;
  let state = [u64(BigInt(length) * P64_1), 0n];
  for (let round = 0; round < length >> 5; round++) {
    if (round === 4) state = state.map(avalanche);
    const secretAt = round < 4 ? 32 * round : 3 + 32 * (round - 4);
    state = mix32(state, bytes, 32 * round, 32 * round + 16, secretAt, seed);
  }
  if (length >> 5 === 4) state = state.map(avalanche);
  state = mix32(state, bytes, length - 16, length - 32, 103, u64(-seed));
  return finished(state, length, seed);
}

function seeded(seed) {
  const secret = new Uint8Array(192);
  for (let at = 0; at < 192; at += 16) {
    view(secret).setBigUint64(at, u64(secret64(at) + seed), true);
    view(secret).setBigUint64(at + 8, u64(secret64(at + 8) - seed), true);
  }
  return secret;
}

function long(bytes, seed) {
  const STRIPE = 64, STRIPES = 16, BLOCK = STRIPE * STRIPES;
  const length = bytes.length;
  const secret = seeded(seed);
  const lanes = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1];
  const accumulate = (at, secretAt) => {
    for (let lane = 0; lane < 8; lane++) {
      const value = read64(bytes, at + 8 * lane);
      const keyed = value ^ secret64(secretAt + 8 * lane, secret);
      lanes[lane ^ 1] = u64(lanes[lane ^ 1] + value);
      lanes[lane] = u64(lanes[lane] + u32(keyed) * (keyed >> 32n));
    }
  };
  const blocks = Math.floor((length - 1) / BLOCK);
  for (let block = 0; block < blocks; block++) {
    for (let stripe = 0; stripe < STRIPES; stripe++) accumulate(block * BLOCK + stripe * STRIPE, 8 * stripe);
    for (let lane = 0; lane < 8; lane++) {
      lanes[lane] = u64((shifted(lanes[lane], 47n) ^ secret64(128 + 8 * lane, secret)) * P32_1);
    }
  }
  const rest = Math.floor((length - 1 - blocks * BLOCK) / STRIPE);
  for (let stripe = 0; stripe < rest; stripe++) accumulate(blocks * BLOCK + stripe * STRIPE, 8 * stripe);
  accumulate(length - STRIPE, 192 - 64 - 7);
  const merged = (secretAt, start) => {
    let sum = start;
    for (let pair = 0; pair < 4; pair++) {
      const key = (half) => secret64(secretAt + 16 * pair + 8 * half, secret);
      sum += folded(lanes[2 * pair] ^ key(0), lanes[2 * pair + 1] ^ key(1));
    }
    return avalanche(u64(sum));
  };
  const size = BigInt(length);
  return joined(merged(11, u64(size * P64_1)), merged(192 - 64 - 11, u64(~(size * P64_2))));
}
