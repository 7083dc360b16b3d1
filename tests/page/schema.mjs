// Holds reports against the schema, and the same reports with a fault put into them.
// node schema.mjs PACKAGES SCHEMA REPORTS
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [packages, schemaFile, reportsFile] = process.argv.slice(2);
const Ajv = createRequire(packages + '/')('ajv/dist/2020').default;
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

// Strict: a keyword that the validator does not know is an error.
const ajv = new Ajv({ strict: true, allErrors: false, strictTypes: false, strictRequired: false });
const validate = ajv.compile(read(schemaFile));
const reports = read(reportsFile);

let fit = 0;
for (const report of reports) {
  if (validate(report)) fit += 1;
  else console.error(JSON.stringify(validate.errors), JSON.stringify(report).slice(0, 2000));
}

// What may be left out: a delta without its value is no delta, but a change without it is an object that was joined.
const isOptional = (way, name) => {
  const of = way.filter((step) => typeof step === 'string').at(-1);
  return (of === 'slots' && ['now', 'base', 'state'].includes(name)) || (of === 'changes' && name === 'value');
};
// Where any value may be.
const isValue = (name) => ['value', 'base', 'state'].includes(name);

let changed = 0;
const still = [];
const check = (report, what) => {
  changed += 1;
  if (validate(report) && still.length < 10) still.push(what);
};
/// Puts every fault into every object of a report, one at a time, and takes it out again.
const spoil = (report, value, way) => {
  const at = (name) => [...way, name].join('/');
  if (Array.isArray(value)) {
    value.push({ unknown: 1 });
    check(report, at('one more'));
    value.pop();
    value.forEach((item, index) => typeof item === 'object' && item !== null && spoil(report, item, [...way, index]));
    return;
  }
  value.unknown = 1;
  check(report, at('unknown'));
  delete value.unknown;
  for (const [name, old] of Object.entries(value)) {
    const isAny = isValue(name) && !(way.length === 0);
    if (!isOptional(way, name)) {
      delete value[name];
      check(report, at(name) + ' left out');
      // Put back in its old place, so that reports stay comparable.
      const rest = Object.entries(value);
      rest.forEach(([other]) => delete value[other]);
      Object.assign(value, { [name]: old }, Object.fromEntries(rest));
    }
    if (isAny) continue;
    for (const wrong of [null, -1, 'no such thing~', [[]], { unknown: 1 }]) {
      // A file and an actor may have any name.
      if (name === 'file' && typeof wrong === 'string') continue;
      if (name === 'reason' && typeof wrong === 'string') continue;
      value[name] = wrong;
      check(report, `${at(name)} as ${JSON.stringify(wrong)}`);
    }
    value[name] = old;
    if (typeof old === 'object' && old !== null) spoil(report, old, [...way, name]);
  }
};
for (const report of reports.slice(0, 20).concat(reports.slice(-1))) spoil(report, report, []);
console.log(JSON.stringify({ fit, changed, 'still fit': still }));
