// What ot-json1 makes of the cases in COMPARE.md. In this folder: npm install && node json1.js
const { readFileSync } = require('node:fs')
const { type, removeOp, insertOp, replaceOp } = require('ot-json1')

const base = { o: { x: 1, y: 2 }, n: 1, l: [1, 2] }
const both = (...ops) => ops.reduce(type.compose, null)
const cases = {
  'both add an object under one name': ['new', insertOp(['new'], { a: 1 }), insertOp(['new'], { b: 2 })],
  'both change one member': ['n', replaceOp(['n'], 1, 2), replaceOp(['n'], 1, 3)],
  'one changes a member, the other removes it': ['n', replaceOp(['n'], 1, 2), removeOp(['n'], 1)],
  'one changes a member of an object, the other removes the object':
    ['o', replaceOp(['o', 'x'], 1, 9), removeOp(['o'], base.o)],
  'one changes a member of an object, the other replaces the object by a number':
    ['o', replaceOp(['o', 'x'], 1, 9), replaceOp(['o'], base.o, 7)],
  'both add two elements in one place': [
    'l',
    both(insertOp(['l', 1], 3), insertOp(['l', 2], 4)),
    both(insertOp(['l', 1], 5), insertOp(['l', 2], 6))
  ],
  'both replace one element of an array': ['l', replaceOp(['l', 1], 2, 8), replaceOp(['l', 1], 2, 9)]
}

/** What comes of two operations, the first being the left one; and whether `transform`, which refuses conflicts, refuses. */
function outcome(name, left, right) {
  const after = (first, second, side) =>
    type.apply(type.apply(structuredClone(base), first), type.transformNoConflict(second, first, side))
  const [one, other] = [after(left, right, 'right'), after(right, left, 'left')].map(state =>
    name in state ? `\`${JSON.stringify(state[name])}\`` : 'gone')
  if (one !== other) throw new Error(`the two sides differ: ${one} and ${other}`)
  try {
    type.transform(right, left, 'right')
    return [one, false]
  } catch (error) {
    if (!error.conflict) throw error
    return [one, true]
  }
}

const page = readFileSync(`${__dirname}/../../COMPARE.md`, 'utf8').split('\n')
let wrong = 0
for (const [sentence, [name, ann, bob]] of Object.entries(cases)) {
  const [one, other] = [outcome(name, ann, bob), outcome(name, bob, ann)]
  const states = one[0] === other[0] ? one[0] : `${one[0]} or ${other[0]}`
  const said = one[1] || other[1] ? `${states}, or refused` : states
  const number = page.find(line => line.endsWith(`. ${sentence}`))?.split('.')[0]
  const row = page.find(line => line.startsWith(`| ${number} | `)) ?? ''
  const is = row.split('|')[6]?.trim() === said
  if (!is) wrong += 1
  console.log(`${is ? 'as said' : 'NOT as said'}: ${sentence}: ${said}`)
}
process.exitCode = wrong === 0 ? 0 : 1
