// JSON with numbers kept as they are written: JSON.parse would round them to doubles.

/** A number, by its text. */
export class Num {
  constructor(text) {
    this.text = text;
  }

  /** Its value where that is a whole number from -2^63 to 2^64-1: exact where it is written as one, else that of its double (N3). */
  get whole() {
    const inRange = (whole) => (whole >= -(1n << 63n) && whole < 1n << 64n ? whole : undefined);
    const double = Number(this.text);
    const exact = /^-?\d+$/.test(this.text) ? inRange(BigInt(this.text)) : undefined;
    return exact ?? (Number.isInteger(double) ? inRange(BigInt(double)) : undefined);
  }
}

/** Reads a text: objects as maps, numbers as Num. */
export function parse(text) {
  const TOKEN = /\s*(?:([[\]{},:])|("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(null|true|false))/y;
  const next = () => {
    const token = TOKEN.exec(text);
    if (!token) throw new Error(`no JSON: ${text}`);
    return token;
  };
  const value = ([, mark, string, number, word]) => {
    if (string !== undefined) return JSON.parse(string);
    if (number !== undefined) return new Num(number);
    if (word !== undefined) return JSON.parse(word);
    if (mark === '[') {
      const items = [];
      for (let token = next(); token[1] !== ']'; token = next()) {
        items.push(value(token[1] === ',' ? next() : token));
      }
      return items;
    }
    const members = new Map();
    for (let token = next(); token[1] !== '}'; token = next()) {
      const name = value(token[1] === ',' ? next() : token);
      next();
      members.set(name, value(next()));
    }
    return members;
  };
  return value(next());
}

/** The text again. */
export function write(value) {
  if (value instanceof Num) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join()}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join()}}`;
  }
  return JSON.stringify(value);
}
