// Drives the pages that `merge --html` writes, in Chromium: what they show, keys, two widths, two colour schemes, accessibility.
// node page.mjs PACKAGES CHROMIUM FOLDER
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages, executablePath, folder] = process.argv.slice(2);
const require = createRequire(packages + '/');
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(packages, 'screenshots');
mkdirSync(shots, { recursive: true });

let checks = 0;
const counted = (check) => (...given) => {
  checks += 1;
  check(...given);
};
const same = counted(assert.deepEqual);
const ok = counted(assert.ok);

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 380, height: 780 };
const report = (name) => JSON.parse(readFileSync(join(folder, name + '.report'), 'utf8'));

// Chromium runs as nobody in particular where it may have a sandbox; the first user of a container has none.
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ executablePath, args });

/// Opens a page, and notes whatever it should not do.
const open = async (name, viewport, colorScheme, options = {}) => {
  const context = await browser.newContext({ viewport, colorScheme, ...options });
  const page = await context.newPage();
  const url = pathToFileURL(join(folder, name + '.html')).href;
  const faults = [];
  page.on('console', (message) => faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`error: ${error.stack}`));
  page.on('dialog', (dialog) => faults.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on('request', (request) => request.url() !== url && faults.push(`request: ${request.url()}`));
  await page.goto(url);
  return { page, faults, close: () => context.close() };
};

const active = (page) =>
  page.evaluate(() => {
    const tree = document.getElementById('tree');
    const row = document.getElementById(tree.getAttribute('aria-activedescendant'));
    const cells = [...row.querySelectorAll('.cell')];
    const box = row.getBoundingClientRect();
    const room = tree.getBoundingClientRect();
    return {
      label: row.querySelector('.label').textContent,
      level: Number(row.getAttribute('aria-level')),
      index: Number(row.getAttribute('aria-rowindex')),
      expanded: row.getAttribute('aria-expanded'),
      selected: row.getAttribute('aria-selected'),
      chosen: document.querySelectorAll('[aria-selected="true"]').length,
      inView: box.top >= room.top && box.bottom <= room.bottom + 1,
      cells: cells.map((cell) => cell.textContent.replace(/\s+/g, ' ').trim()),
    };
  });
const details = (page) => page.locator('aside').innerText().then((text) => text.replace(/\s+/g, ' '));
const status = (page) => page.locator('#status').innerText();
/// The row of that name, one that is in view.
const row = (page, label) => page.locator('.row', { has: page.locator(`.label:text-is(${JSON.stringify(label)})`) }).first();
const count = (page) => page.evaluate(() => Number(document.getElementById('tree').getAttribute('aria-rowcount')) - 1);
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

/// Every row from the first to the last, as one comes by moving down.
const allRows = (page) =>
  page.evaluate(async () => {
    const tree = document.getElementById('tree');
    const rows = new Map();
    for (let top = 0; ; top += tree.clientHeight / 2) {
      tree.scrollTop = top;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      for (const row of tree.querySelectorAll('.body .row')) {
        rows.set(Number(row.getAttribute('aria-rowindex')), {
          level: Number(row.getAttribute('aria-level')),
          place: Number(row.getAttribute('aria-posinset')),
          count: Number(row.getAttribute('aria-setsize')),
          sign: row.querySelector('.sign').textContent,
          label: row.querySelector('.label').textContent,
          badge: row.querySelector('.badge')?.textContent ?? null,
        });
      }
      if (top > tree.scrollHeight) break;
    }
    return [...rows].sort((a, b) => a[0] - b[0]).map(([, row]) => row);
  });

let lookedAt = 0;
/// No fault that a machine finds, with the help open and closed.
const accessible = async (page, name) => {
  for (const isOpen of [false, true]) {
    await page.evaluate((isOpen) => (document.querySelector('.help').open = isOpen), isOpen);
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const told = found.violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html + ' ' + node.failureSummary).slice(0, 3).join('\n')}`);
    same(told, [], `${name}: what axe finds`);
    ok(found.passes.length > 15, 'axe looks at something');
  }
  lookedAt += 1;
};

/// Nothing is wider than the window, and every part can be reached.
const fits = async (page, name, { width, height }) => {
  const found = await page.evaluate(() => ({
    page: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
    tree: document.getElementById('tree').scrollWidth - document.getElementById('tree').clientWidth,
    aside: document.querySelector('aside').scrollWidth - document.querySelector('aside').clientWidth,
    parts: ['header', '.tools', '#tree', 'aside'].map((part) => {
      const box = document.querySelector(part).getBoundingClientRect();
      return [box.left >= 0, box.right <= innerWidth, box.bottom <= innerHeight, box.height >= 40];
    }),
  }));
  ok(found.page[0] <= width && found.page[1] <= height, `${name} at ${width}: ${found.page}`);
  same([found.tree, found.aside], [0, 0], `${name} at ${width}: no part scrolls sideways`);
  same(found.parts, Array(4).fill([true, true, true, true]), `${name} at ${width}: every part is seen`);
};

// Every page, at both widths, in both schemes.
const backgrounds = new Set();
for (const name of ['trip', 'large', 'evil', 'many', 'calm', 'still', 'root']) {
  for (const viewport of [WIDE, NARROW]) {
    for (const scheme of ['light', 'dark']) {
      const { page, faults, close } = await open(name, viewport, scheme);
      await fits(page, name, viewport);
      backgrounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      await page.screenshot({ path: join(shots, `${name}-${viewport.width}-${scheme}.png`) });
      await page.locator('#tree').focus();
      await press(page, 'j', 'ArrowDown', 'End');
      await fits(page, name, viewport);
      await page.screenshot({ path: join(shots, `${name}-${viewport.width}-${scheme}-end.png`) });
      await accessible(page, `${name} ${viewport.width} ${scheme}`);
      same(faults, [], `${name}: silent, and by itself`);
      await close();
    }
  }
}
same(backgrounds.size, 2, 'light and dark differ');

// What the trip shows.
{
  const { page, faults, close } = await open('trip', WIDE, 'light');
  same(await page.title(), 'Merge of base.json');
  ok((await page.locator('header').innerText()).includes('3 actions, 19 deltas, 6 met another: 3 conflicts. Rules: movex.'));
  const heads = await page.locator('[role=columnheader]').allInnerTexts();
  same(heads.map((head) => head.trim()), ['Name', 'Base', 'ann', 'bob', 'chloe', 'Result']);

  // It begins at the first conflict.
  same(await status(page), 'Conflict 1 of 3');
  let here = await active(page);
  same([here.label, here.selected, here.chosen, here.inView], ['perPerson', 'true', 1, true]);
  same(here.cells, ['~perPerson, changed, conflict', '900', '~950, lost', '~1000', 'unchanged', '1000']);
  let told = await details(page);
  for (const part of ['/budget/perPerson', 'conflict R5', 'bob’s change to 1000 wins over ann’s change to 950', 'the last action wins',
    'Base 900', 'ann wanted to change it to lost 950', 'bob changed it to 1000', 'Result 1000', '1 side left it as it was.']) {
    ok(told.includes(part), `${part} in ${told}`);
  }

  // By keyboard alone: to the document, and from conflict to conflict.
  await press(page, 'Tab');
  same(await page.evaluate(() => document.activeElement.className), 'skip');
  await press(page, 'Enter');
  same(await page.evaluate(() => document.activeElement.id), 'tree');
  const ring = await page.evaluate(() => getComputedStyle(document.querySelector('.document')).outlineStyle);
  same(ring, 'solid', 'the focus is seen');
  await press(page, 'j');
  here = await active(page);
  same([here.label, here.inView, await status(page)], ['coimbra', true, 'Conflict 2 of 3']);
  ok((await details(page)).includes('bob’s change of …/booked to true wins over ann’s removal'));
  await press(page, 'j');
  same([(await active(page)).label, await status(page)], ['insurance', 'Conflict 3 of 3']);
  await press(page, 'j');
  same([(await active(page)).label, await status(page)], ['perPerson', 'Conflict 1 of 3'], 'around');
  await press(page, 'k', 'k');
  same([(await active(page)).label, await status(page)], ['coimbra', 'Conflict 2 of 3']);

  // The decisions appear as one moves over the tree.
  await press(page, 'ArrowDown');
  same((await active(page)).label, 'name');
  ok((await details(page)).includes('Nobody changed it.'));
  await press(page, 'ArrowLeft');
  same((await active(page)).label, 'coimbra', 'out');
  await press(page, 'ArrowLeft');
  here = await active(page);
  same([here.label, here.expanded], ['coimbra', 'false'], 'closed');
  const closed = await count(page);
  await press(page, 'ArrowRight');
  same([(await active(page)).expanded, (await count(page)) - closed], ['true', 4], 'opened');
  await press(page, 'ArrowRight');
  same((await active(page)).label, 'name', 'into');
  await press(page, 'Home');
  here = await active(page);
  same([here.label, here.level, here.index], ['base.json', 1, 2]);
  await press(page, 'End');
  here = await active(page);
  same([here.label, here.index, here.inView], ['embassy', (await count(page)) + 1, true]);
  await press(page, 'PageUp');
  ok((await active(page)).index < here.index - 10, 'a page up');
  await press(page, 'Home', 'ArrowRight', 'ArrowDown', 'Enter');
  same([(await active(page)).label, (await active(page)).expanded], ['dates', 'true']);
  await press(page, ' ');
  same((await active(page)).expanded, 'false');
  await press(page, 'ArrowUp', '*');
  same((await active(page)).label, 'title', 'what is open beside it keeps one where one was');
  same(await page.evaluate(() => document.querySelectorAll('.body [aria-level="2"][aria-expanded="false"]').length), 0);

  // A row that is closed away leaves the one around it.
  await press(page, 'j', 'j');
  await row(page, 'stays').locator('.twisty').click();
  same([(await active(page)).label, (await active(page)).expanded], ['stays', 'false']);
  ok((await active(page)).cells[0].includes('conflict inside'));

  // By mouse.
  await page.locator('#next').click();
  same((await active(page)).label, 'coimbra', 'it opens what was closed');
  await page.locator('#previous').click();
  same((await active(page)).label, 'perPerson');
  await row(page, 'currency').click();
  same((await active(page)).label, 'currency');

  // Every change that the report tells has its row, with its sign and its badge.
  const { slots, decisions } = report('trip');
  const rows = await allRows(page);
  const expected = slots.filter((slot) => slot.changes.length).map((slot) => {
    const label = (slot.now ?? slot.path).split('/').at(-1).replaceAll('~1', '/').replaceAll('~0', '~');
    const sign = 'base' in slot ? ('state' in slot ? '~' : '−') : 'now' in slot && (slot.changes[0].op === 'add') ? '+' : '';
    const outcomes = slot.decisions.map((index) => decisions[index].outcome);
    const badge = outcomes.includes('conflict') ? 'conflict' : outcomes.includes('same') ? 'the same' : outcomes.length ? 'both stand' : null;
    return { level: slot.depth + 1, sign, label, badge };
  });
  same(expected.length, 19);
  const shown = rows.filter((row) => row.sign || row.badge).map(({ level, sign, label, badge }) => ({ level, sign, label, badge }));
  const signed = shown.filter((row) => expected.some((it) => JSON.stringify(it) === JSON.stringify(row)));
  same(signed, expected, 'in the order of the report');
  // An index is that of the result, also where nothing changed but the place.
  const packing = rows.findIndex((row) => row.label === 'packing');
  same(rows.slice(packing + 1, packing + 7).map((row) => row.sign + row.label), ['0', '1', '−2', '2', '+3', '+4']);
  rows.forEach((row) => ok(row.place >= 1 && row.place <= row.count));

  await page.locator('#tree').focus();
  await press(page, 'End', ...Array(6).fill('ArrowUp'));
  same((await active(page)).cells, ['2', '"plug adapter"', 'unchanged', 'unchanged', 'unchanged', '"plug adapter"']);
  ok((await details(page)).startsWith('Details /packing/3 In the result: /packing/2'));

  // Less of it.
  await page.locator('#show').selectOption('changes');
  const changes = await count(page);
  await page.locator('#show').selectOption('conflicts');
  const conflicts = await allRows(page);
  ok(changes < rows.length && conflicts.length < changes);
  same(conflicts.filter((row) => row.badge === 'conflict').map((row) => row.label), ['perPerson', 'coimbra', 'insurance']);
  await page.locator('#show').selectOption('all');
  same(await count(page), rows.length);

  // The folded members, and their details.
  await page.locator('#tree').focus();
  await press(page, 'Home', 'j', 'j');
  await row(page, '3 unchanged').click();
  same(await count(page), rows.length + 3);
  same(faults, []);
  await close();
}

// The policy holds: nothing else runs, and nothing is fetched.
{
  const { page, close } = await open('trip', WIDE, 'light');
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    const image = document.createElement('img');
    image.src = 'https://example.invalid/x.png';
    document.body.append(image);
  });
  const policy = await page.locator('meta[http-equiv]').getAttribute('content');
  ok(policy.startsWith("default-src 'none'; script-src 'sha256-"), policy);
  same(await page.evaluate(() => [window.ran, document.querySelector('img').naturalWidth]), [undefined, 0]);
  await close();
}

// At 380 pixels the name, the result and the details are there; the other columns are in the details.
{
  const { page, close } = await open('trip', NARROW, 'light');
  const heads = await page.locator('[role=columnheader]:visible').allInnerTexts();
  same(heads, ['Name', 'Result']);
  ok((await details(page)).includes('bob’s change to 1000 wins over ann’s change to 950'));
  await page.locator('#tree').focus();
  await press(page, 'j');
  ok((await active(page)).inView);
  ok((await details(page)).includes('wins over ann’s removal'));
  await close();
}

// A large document: few rows are made, and every move is quick.
{
  const { page, faults, close } = await open('large', WIDE, 'light');
  const rows = await count(page);
  ok(rows > 10_000, `${rows} rows`);
  await page.locator('#tree').focus();
  for (const keys of [['End'], ['Home'], ['j', 'j'], ['k'], ['PageDown'], ['ArrowLeft', 'ArrowLeft', 'ArrowRight'], ['*']]) {
    const start = Date.now();
    await press(page, ...keys);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    const spent = Date.now() - start;
    ok(spent < 3000, `${keys} took ${spent} ms`);
    const made = await page.locator('.row').count();
    ok(made < 80, `${made} rows are made`);
    ok((await active(page)).inView, `${keys}`);
  }
  // What is long is unfolded in parts, and numbers are as they were written.
  await press(page, 'End');
  same((await active(page)).label, '49000 … 49999');
  await press(page, 'ArrowLeft');
  same((await active(page)).label, 'flat');
  await press(page, 'ArrowRight');
  same((await active(page)).label, '0 … 999');
  await press(page, 'ArrowRight', 'ArrowRight');
  same((await active(page)).cells, ['0', '0', 'unchanged', 'unchanged', '0']);
  await press(page, 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp');
  same((await active(page)).label, 'exact');
  const told = await details(page);
  for (const number of ['18446744073709551615', '-9223372036854775808', '1e+300', '0.1']) ok(told.includes(number), `${number} in ${told}`);
  same(faults, []);
  await close();
}

// Names and values are text, whatever is in them; members keep their order.
{
  const { page, faults, close } = await open('evil', WIDE, 'light');
  const rows = await allRows(page);
  const evil = '</script><img src=x onerror=pwned()>\\u{202e}<!--';
  same(rows.map((row) => row.label), ['base', '10', '9', '__proto__', 'a', 'constructor', evil]);
  same(await page.locator('img').count(), 0);
  ok((await page.locator('header').innerText()).includes('<b>ann'));
  await page.locator('#tree').focus();
  await press(page, 'End');
  const told = await details(page);
  ok(told.includes('/<~1script><img src=x onerror=pwned()>\\u{202e}<!--'), told);
  ok(!told.includes('\u202e'), 'nothing turns the line around');
  await row(page, '__proto__').click();
  ok((await details(page)).includes('"a": 2'));
  same(faults, []);
  await close();
}

// Many sides.
{
  const { page, close } = await open('many', WIDE, 'light');
  same((await page.locator('[role=columnheader]').allInnerTexts()).map((it) => it.trim()), ['Name', 'Base', 'Changed by', 'Result']);
  const { cells } = await active(page);
  same(cells, ['~a, changed, conflict', '0', 'side 64 + 63', '64']);
  const told = await details(page);
  ok(told.includes('side 64’s change to 64 wins over side 1’s change to 1'), told);
  same(await status(page), 'Place 1 of 1 with conflicts');
  await page.getByRole('button', { name: 'Show 57 more decisions' }).click();
  await page.getByRole('button', { name: 'Show 58 more sides' }).click();
  ok((await details(page)).includes('wins over side 63’s change to 63'));
  ok((await page.evaluate(() => document.activeElement.textContent)).includes('side 7'), 'the focus is on what came');
  await close();
}

// Nothing to look at, too, is said.
{
  const calm = await open('calm', WIDE, 'light');
  same(await status(calm.page), 'No conflicts');
  ok(await calm.page.locator('#next').isDisabled());
  same((await active(calm.page)).label, '1', 'the first change');
  await calm.close();
  const still = await open('still', WIDE, 'light');
  same((await active(still.page)).label, 'base');
  ok((await details(still.page)).includes('"a": 0'));
  await still.close();
  const root = await open('root', WIDE, 'light');
  same((await active(root.page)).cells, ['▸~base, changed, conflict', '1', '~[2], lost', '~{"a": {}}', '{"a": {}}']);
  await press(root.page, 'Tab', 'Enter', 'ArrowRight');
  same((await active(root.page)).expanded, 'true');
  await root.close();
}

// Without scripts the conflicts are listed.
{
  const { page, faults, close } = await open('trip', NARROW, 'light', { javaScriptEnabled: false });
  const text = await page.locator('body').innerText();
  for (const part of ['does not run here', "bob's change of …/booked to true wins over ann's removal", 'R26: a change beats a removal']) {
    ok(text.includes(part), `${part} in ${text}`);
  }
  same(faults, []);
  await close();
}

await browser.close();
console.log(JSON.stringify({ checks, 'looked at by axe': lookedAt }));
