// The contenders in JavaScript. A request a line in, a reply a line out; src/process.rs asks.
//
//   {"do":"load","base":B,"afters":[...],"sets":[[delta...]...]}   the documents; or "stream":[delta...] with one leaf each
//   {"do":"prepare","contender":C,"task":T}          -> {"result":R}, or {"refused":"why"}
//   {"do":"sample","contender":C,"task":T,"count":N} -> {"ns":...}, for all N

import { createInterface } from 'node:readline';
import fastJsonPatch from 'fast-json-patch';
import * as jsondiffpatch from 'jsondiffpatch';
import movex from 'movex-core-util';
import json1 from 'ot-json1';
import trimerge from 'trimerge';

let given;
let prepared = new Map();

const clock = () => process.hrtime.bigint();
const since = (start) => Number(clock() - start);
const copy = (value) => JSON.parse(JSON.stringify(value));

// Work that leaves its input alone.
const making = (work) => (count) => {
  const start = clock();
  for (let nth = 0; nth < count; nth += 1) kept = work();
  return since(start);
};
// What was made last is kept, so that nothing can be found to be unused.
let kept;

// Work in place, on documents made outside the time.
const onFresh = (prepare, work) => (count) => {
  let spent = 0;
  for (let left = count; left > 0; ) {
    const group = Math.min(left, given.batch);
    const fresh = Array.from({ length: group }, prepare);
    const start = clock();
    for (const document of fresh) kept = work(document);
    spent += since(start);
    left -= group;
  }
  return spent;
};

const tokens = (path) =>
  path
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

// The deltas as a JSON Patch: from the back, so that no operation moves what a later one means.
const asPatch = (deltas) =>
  deltas
    .map((delta) => ({ ...delta, op: delta.op === 'change' ? 'replace' : delta.op }))
    .reverse();

// Indices are numbers to JSON1, so the document tells which tokens are some.
const asJson1 = (base, deltas) => {
  const path = (delta) => {
    let place = base;
    return tokens(delta.path).map((token) => {
      const key = Array.isArray(place) ? Number(token) : token;
      place = place?.[key];
      return key;
    });
  };
  const simple = {
    add: (delta) => json1.insertOp(path(delta), delta.value),
    change: (delta) => json1.replaceOp(path(delta), true, delta.value),
    remove: (delta) => json1.removeOp(path(delta)),
  };
  return [...deltas]
    .reverse()
    .map((delta) => simple[delta.op](delta))
    .reduce(json1.type.compose, null);
};

const patcher = jsondiffpatch.create({
  objectHash: (item, index) => item.id ?? `at ${index}`,
});

const itemKey = (item) => String(item?.id ?? JSON.stringify(item));
const mergeStates = trimerge.combineMergers(
  trimerge.trimergeJsonDeepEqual,
  trimerge.trimergeJsonObject,
  trimerge.trimergeArrayCreator(itemKey),
  // A conflict: the second side.
  (_base, _first, second) => second,
);

// The checksum of a Movex client. It hashes a state with the state's own resource around it, which is left out here.
const movexSum = (state) => movex.computeCheckedState(state)[1];

const applyPatch = (document, patch) => fastJsonPatch.applyPatch(document, patch, false, true).newDocument;

const contenders = {
  'fast-json-patch': {
    diff: () => {
      const work = () => fastJsonPatch.compare(given.base, given.afters[0]);
      return { result: applyPatch(copy(given.base), work()), sample: making(work) };
    },
    apply: () => {
      const patch = asPatch(given.sets[0]);
      return {
        result: applyPatch(copy(given.base), copy(patch)),
        sample: onFresh(
          () => [copy(given.base), copy(patch)],
          ([document, fresh]) => applyPatch(document, fresh),
        ),
      };
    },
  },
  'fast-json-patch-blind': {
    merge: () => blind(),
    replicas: () => blind(),
  },
  jsondiffpatch: {
    diff: () => {
      const work = () => patcher.diff(given.base, given.afters[0]);
      return { result: patcher.patch(copy(given.base), copy(work())), sample: making(work) };
    },
    apply: () => {
      const delta = patcher.diff(given.base, given.afters[0]);
      return {
        result: patcher.patch(copy(given.base), copy(delta)),
        sample: onFresh(
          () => [copy(given.base), copy(delta)],
          ([document, fresh]) => patcher.patch(document, fresh),
        ),
      };
    },
  },
  'ot-json1': {
    apply: () => {
      const operation = asJson1(given.base, given.sets[0]);
      const work = () => json1.type.apply(given.base, operation);
      return { result: work(), sample: making(work) };
    },
    merge: () => transformed(),
    replicas: () => transformed(),
  },
  trimerge: {
    merge_state: () => {
      const work = () => mergeStates(given.base, given.afters[0], given.afters[1]);
      try {
        return { result: work(), sample: making(work) };
      } catch (error) {
        return { refused: error.message };
      }
    },
  },
  movex: {
    checksum: () => {
      const work = () => movexSum(given.base);
      return { result: work(), sample: making(work) };
    },
    stream: () => {
      const patches = given.stream.map((delta) => asPatch([delta]));
      let state = copy(given.base);
      let next = 0;
      const sample = (count) => {
        let spent = 0;
        for (let left = count; left > 0; left -= 1) {
          if (next === patches.length) {
            state = copy(given.base);
            next = 0;
          }
          const start = clock();
          applyPatch(state, patches[next]);
          kept = movexSum(state);
          spent += since(start);
          next += 1;
        }
        return spent;
      };
      return { result: null, sample };
    },
  },
};

function blind() {
  const patches = given.sets.map(asPatch);
  const work = ([document, fresh]) => fresh.reduce(applyPatch, document);
  try {
    return {
      result: work([copy(given.base), copy(patches)]),
      sample: onFresh(() => [copy(given.base), copy(patches)], work),
    };
  } catch (error) {
    return { refused: `the second patch does not fit: ${error.name}` };
  }
}

// Each operation transformed over all before it, and all of them applied at once.
function transformed() {
  const operations = given.sets.map((set) => asJson1(given.base, set));
  const work = () => {
    const all = operations.reduce((done, operation) => {
      const next = json1.type.transformNoConflict(operation, done, 'right');
      return json1.type.compose(done, next);
    });
    return json1.type.apply(given.base, all);
  };
  return { result: work(), sample: making(work) };
}

const commands = {
  load: (request) => {
    const size = JSON.stringify(request.base).length;
    given = { ...request, batch: Math.max(1, Math.min(64, Math.floor(200_000 / size))) };
    prepared = new Map();
    return {};
  },
  prepare: ({ contender, task }) => {
    const { result, refused, sample } = contenders[contender][task]();
    prepared.set(`${contender} ${task}`, sample);
    return refused === undefined ? { result } : { refused };
  },
  sample: ({ contender, task, count }) => ({ ns: prepared.get(`${contender} ${task}`)(count) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    const request = JSON.parse(line);
    reply = commands[request.do](request);
  } catch (error) {
    reply = { error: error.stack ?? String(error) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
