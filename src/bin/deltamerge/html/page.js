'use strict';
// The tree of the document, with what each side did and what came of it. Rows are made as they come into view, and what has not
// changed is folded, so that a large document is no burden.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const byId = (id) => document.getElementById(id);

  /// Nothing is there.
  const ABSENT = Symbol('absent');
  /// A container of the result that the slots inside tell of; `node` is whose.
  class Told {
    constructor(node) {
      this.node = node;
    }
  }
  const ROW = 34;
  /// As many members are unfolded at once.
  const UNFOLDED = 1000;
  /// As many sides have a column of their own.
  const COLUMNS = 4;

  // Values: an object is [0, name, value, …], an array [1, value, …], a number that this language would write in another way [2, text].

  const kind = (value) => {
    if (value instanceof Told) return kind(value.node.base === ABSENT ? [0] : value.node.base);
    if (Array.isArray(value)) return ['object', 'array', 'number'][value[0]];
    return value === null ? 'null' : typeof value;
  };
  const isContainer = (value) => value instanceof Told || (Array.isArray(value) && value[0] < 2);
  const size = (value) => (value[0] === 0 ? (value.length - 1) / 2 : value.length - 1);
  const member = (value, at) =>
    value[0] === 0 ? { name: value[1 + 2 * at], value: value[2 + 2 * at] } : { name: String(at), value: value[1 + at] };
  function* members(value) {
    if (!(value instanceof Told)) {
      for (let at = 0; at < size(value); at += 1) yield member(value, at);
      return;
    }
    const { base } = value.node;
    for (const { label, state, fold } of inside(value.node)) {
      if (fold) for (let at = fold.from; at < fold.to; at += 1) yield member(base, at);
      else if (state !== ABSENT) yield { name: label, value: state };
    }
  }

  /// Text without characters that hide or reorder what is around them.
  const legible = (text) =>
    text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (c) =>
      '\\u{' + c.codePointAt(0).toString(16) + '}');
  const quoted = (text) => legible(JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, '\\u{$1}'));

  /// A value as JSON of at most about `room` characters; `indent` sets it over several lines.
  const written = (value, room, indent) => {
    let text = '';
    const write = (value, margin) => {
      if (text.length > room) return;
      if (!isContainer(value)) {
        const long = typeof value === 'string' && value.length > room;
        text += kind(value) === 'string' ? quoted(long ? value.slice(0, room + 1) : value) : Array.isArray(value) ? value[1] : String(value);
        return;
      }
      const isObject = kind(value) === 'object';
      const [open, close] = isObject ? '{}' : '[]';
      const inner = margin + '  ';
      let count = 0;
      text += open;
      for (const { name, value: item } of members(value)) {
        if (text.length > room) break;
        text += (count ? ',' : '') + (indent ? '\n' + inner : count ? ' ' : '') + (isObject ? quoted(name) + ': ' : '');
        write(item, inner);
        count += 1;
      }
      text += (indent && count ? '\n' + margin : '') + close;
    };
    write(value, '');
    return text.length > room ? text.slice(0, room) + '…' : text;
  };

  const token = (name) => name.replaceAll('~', '~0').replaceAll('/', '~1');
  const unescaped = (token) => token.replaceAll('~1', '/').replaceAll('~0', '~');

  // Slots: what was said, as a tree.

  const way = [];
  data.slots.forEach((slot, index) => {
    const text = slot.path.slice(slot.path.lastIndexOf('/') + 1);
    Object.assign(slot, { index, name: unescaped(text), inside: [], sides: new Set(), node: null });
    slot.above = way[slot.depth - 1] ?? null;
    slot.above?.inside.push(slot);
    way.length = slot.depth;
    way.push(slot);
    slot.isConflict = slot.decisions.some((index) => data.decisions[index].outcome === 'conflict');
    slot.hasConflict = slot.isConflict;
  });
  for (const slot of [...data.slots].reverse()) {
    slot.changes.forEach((change) => slot.sides.add(change.action));
    if (slot.above) {
      slot.sides.forEach((side) => slot.above.sides.add(side));
      slot.above.hasConflict ||= slot.hasConflict;
    }
  }
  const conflicts = data.slots.filter((slot) => slot.isConflict);

  // Nodes: what a row shows. They are made when the row above them is opened.

  /// `base` and `state` are values, ABSENT or TOLD; a fold has members of its container from `from` up to `to`.
  const node = (above, fields) => ({
    above, level: above ? above.level + 1 : 1, isOpen: false, inside: null, slot: null, fold: null, path: null, now: null, ...fields,
  });

  const slotNode = (above, slot, base) => {
    const told = slot.inside.length > 0;
    const label = 'now' in slot ? unescaped(slot.now.slice(slot.now.lastIndexOf('/') + 1)) : slot.name;
    slot.node = node(above, { slot, label, base, path: slot.path, now: slot.now ?? null, isOpen: told });
    slot.node.state = 'state' in slot ? slot.state : 'now' in slot ? new Told(slot.node) : ABSENT;
    return slot.node;
  };
  const root = slotNode(null, data.slots[0], data.base);
  root.label = document.title.replace(/^Merge of /, '');
  if (!root.slot.changes.length && !root.slot.inside.length) root.state = data.base;

  const isExpandable = (node) => {
    if (node.fold || (node.slot && node.slot.inside.length)) return true;
    const shown = node.state === ABSENT || !isContainer(node.state) ? node.base : node.state;
    return isContainer(shown) && size(shown) > 0;
  };

  /// The nodes inside one, in the order of the base.
  const inside = (node) => {
    node.inside ??= node.fold ? unfolded(node) : node.slot && node.slot.inside.length ? ofSlots(node) : ofValue(node);
    return node.inside;
  };

  /// A member that nobody spoke of; `shift` is how far its index has moved, null where its container is gone.
  const same = (above, container, place, at, shift) => {
    const { name, value } = member(container, at);
    const isArray = container[0] === 1;
    const label = isArray && shift !== null ? String(at + shift) : name;
    return node(above, {
      label, base: value, state: shift === null ? ABSENT : value,
      path: place.path === null ? null : place.path + '/' + token(name),
      now: shift === null || place.now === null ? null : place.now + '/' + token(label),
    });
  };

  const ofValue = (above) => {
    const { base, state } = above;
    const isNew = isContainer(state);
    const container = isNew ? state : base;
    const nodes = [];
    for (let at = 0; at < size(container); at += 1) {
      const { name, value } = member(container, at);
      const isSame = isNew && base === state;
      nodes.push(node(above, {
        label: name,
        base: isNew && !isSame ? ABSENT : value,
        state: isNew ? value : ABSENT,
        path: isNew && !isSame ? null : above.path + '/' + token(name),
        now: isNew && above.now !== null ? above.now + '/' + token(name) : null,
      }));
    }
    return chunked(above, nodes);
  };

  /// Many nodes in heaps of a thousand.
  const chunked = (above, nodes) => {
    if (nodes.length <= 2 * UNFOLDED) return nodes;
    const heaps = [];
    for (let from = 0; from < nodes.length; from += UNFOLDED) {
      const part = nodes.slice(from, from + UNFOLDED);
      const label = `${part[0].label} … ${part[part.length - 1].label}`;
      const heap = node(above, { label, base: ABSENT, state: ABSENT, fold: { count: part.length } });
      part.forEach((inner) => Object.assign(inner, { above: heap, level: heap.level + 1 }));
      heap.inside = part;
      heaps.push(heap);
    }
    return heaps;
  };

  const ofSlots = (above) => {
    const { base, slot } = above;
    if (!isContainer(base)) return slot.inside.map((inner) => slotNode(above, inner, ABSENT));
    const stays = above.state instanceof Told;
    const isArray = base[0] === 1;
    const isAdded = (inner) => isArray && inner.changes.some((change) => change.op === 'add');
    const nodes = [];
    let shift = 0;
    let at = 0;
    /// What stands unchanged in front of `to`; one or two are not worth a fold.
    const sameUpTo = (to) => {
      if (to - at > 2) {
        nodes.push(node(above, {
          label: `${(to - at).toLocaleString('en')} unchanged`, base: ABSENT, state: ABSENT,
          fold: { from: at, to, shift: stays ? shift : null, count: to - at, isSame: true },
        }));
        at = to;
      }
      for (; at < to; at += 1) nodes.push(same(above, base, above, at, stays ? shift : null));
    };
    if (isArray) {
      for (const inner of slot.inside) {
        const index = Number(inner.name);
        sameUpTo(index);
        if (isAdded(inner)) {
          nodes.push(slotNode(above, inner, ABSENT));
          if ('now' in inner) shift += 1;
        } else {
          nodes.push(slotNode(above, inner, member(base, index).value));
          at = index + 1;
          if (!('now' in inner)) shift -= 1;
        }
      }
    } else {
      const slots = new Map(slot.inside.map((inner) => [inner.name, inner]));
      for (let index = 0; index < size(base); index += 1) {
        const { name, value } = member(base, index);
        const inner = slots.get(name);
        if (!inner) continue;
        sameUpTo(index);
        nodes.push(slotNode(above, inner, value));
        at = index + 1;
        slots.delete(name);
      }
      sameUpTo(size(base));
      slots.forEach((inner) => nodes.push(slotNode(above, inner, ABSENT)));
      return nodes;
    }
    sameUpTo(size(base));
    return nodes;
  };

  const unfolded = (fold) => {
    let container = fold.above;
    while (container.fold) container = container.above;
    const { from, to, shift } = fold.fold;
    const nodes = [];
    if (to - from > 2 * UNFOLDED) {
      for (let start = from; start < to; start += UNFOLDED) {
        const end = Math.min(to, start + UNFOLDED);
        const [first, last] = [start, end - 1].map((at) => same(fold, container.base, container, at, shift).label);
        nodes.push(node(fold, {
          label: `${first} … ${last}`, base: ABSENT, state: ABSENT,
          fold: { from: start, to: end, shift, count: end - start, isSame: true },
        }));
      }
      return nodes;
    }
    for (let at = from; at < to; at += 1) nodes.push(same(fold, container.base, container, at, shift));
    return nodes;
  };

  // Rows.

  const tree = byId('tree');
  const filter = byId('show');
  const sides = data.actions.length <= COLUMNS ? data.actions.map((_, side) => side) : null;
  let rows = [];
  let active = root;

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const hidden = (text) => element('span', 'hidden', text);

  const isShown = (node) => {
    if (filter.value === 'all') return true;
    if (filter.value === 'changes') return node.slot !== null || !(node.fold && node.fold.isSame) && node.base !== node.state;
    if (node.slot && node.slot.hasConflict) return true;
    for (let at = node; at; at = at.above) if (at.slot && at.slot.isConflict) return true;
    return false;
  };

  const head = element('div', 'head');
  head.setAttribute('role', 'rowgroup');
  const body = element('div', 'body');
  body.setAttribute('role', 'rowgroup');
  {
    const row = element('div', 'row');
    row.setAttribute('role', 'row');
    row.setAttribute('aria-rowindex', '1');
    const names = ['Name', 'Base', ...(sides ? data.actions : ['Changed by']), 'Result'];
    names.forEach((name, at) => {
      const cell = element('div', 'cell', '');
      cell.setAttribute('role', 'columnheader');
      cell.setAttribute('aria-colindex', String(at + 1));
      cell.dataset.column = at === 0 ? 'name' : at === 1 ? 'base' : at === names.length - 1 ? 'result' : 'side';
      if (sides && at > 1 && at < names.length - 1) cell.append(element('span', `dot side-${(at - 2) % 8}`));
      cell.append(name);
      row.append(cell);
    });
    head.append(row);
    tree.append(head, body);
    tree.setAttribute('aria-colcount', String(names.length));
    tree.style.setProperty('--columns', String(names.length - 1));
  }

  const flatten = () => {
    rows = [];
    const open = [[root, 1, 1]];
    while (open.length) {
      const [node, place, count] = open.pop();
      Object.assign(node, { at: rows.length, place, count });
      rows.push(node);
      if (!node.isOpen || !isExpandable(node)) continue;
      const shown = inside(node).filter(isShown);
      for (let at = shown.length - 1; at >= 0; at -= 1) open.push([shown[at], at + 1, shown.length]);
    }
    tree.setAttribute('aria-rowcount', String(rows.length + 1));
    body.style.height = rows.length * ROW + 'px';
    drawn.forEach((row) => row.remove());
    drawn.clear();
  };

  /// What a node came to: its sign, and how that is said.
  const outcome = (node) => {
    const { slot, base, state } = node;
    if (node.fold) return ['', 'fold'];
    if (base === ABSENT && state === ABSENT) {
      const stands = slot.changes.some((change) => change.stands);
      return stands ? ['=', 'once'] : ['×', 'left'];
    }
    if (base === ABSENT) return ['+', 'added'];
    if (state === ABSENT) return ['−', 'removed'];
    if (slot && slot.changes.length && !(state instanceof Told) && written(base, 1e5) !== written(state, 1e5)) return ['~', 'changed'];
    return ['', slot ? 'way' : 'same'];
  };
  const SAID = { added: 'added', removed: 'removed', changed: 'changed', left: 'left out', once: 'told by an equal addition' };

  const value = (value, className) => {
    const text = written(value, 160, false);
    return element('span', `value ${kind(value)} ${className ?? ''}`, text);
  };

  const draw = (node) => {
    const row = element('div', 'row');
    const [sign, state] = outcome(node);
    row.id = 'row-' + node.at;
    row.classList.add(state);
    row.setAttribute('role', 'row');
    row.setAttribute('aria-level', String(node.level));
    row.setAttribute('aria-rowindex', String(node.at + 2));
    row.setAttribute('aria-posinset', String(node.place));
    row.setAttribute('aria-setsize', String(node.count));
    row.setAttribute('aria-selected', String(node === active));
    if (isExpandable(node)) row.setAttribute('aria-expanded', String(node.isOpen));
    row.style.transform = `translateY(${node.at * ROW}px)`;
    row.dataset.at = String(node.at);
    const cell = (column, at, role) => {
      const made = element('div', 'cell');
      made.setAttribute('role', role ?? 'gridcell');
      made.setAttribute('aria-colindex', String(at));
      made.dataset.column = column;
      row.append(made);
      return made;
    };

    const name = cell('name', 1, 'rowheader');
    name.style.setProperty('--level', String(Math.min(node.level - 1, 12)));
    const twisty = element('span', 'twisty', isExpandable(node) ? (node.isOpen ? '▾' : '▸') : '');
    twisty.setAttribute('aria-hidden', 'true');
    name.append(twisty);
    const mark = element('span', `sign ${state}`, sign);
    mark.setAttribute('aria-hidden', 'true');
    name.append(mark, element('span', 'label', node.fold && node.fold.isSame ? node.label : legible(node.label)));
    if (SAID[state]) name.append(hidden(', ' + SAID[state]));
    const slot = node.slot;
    if (slot && slot.decisions.length) {
      const badge = slot.isConflict ? 'conflict' : data.decisions[slot.decisions[0]].outcome === 'same' ? 'the same' : 'both stand';
      name.append(hidden(', '), element('span', slot.isConflict ? 'badge alarm' : 'badge', badge));
    } else if (slot && slot.hasConflict && !node.isOpen) {
      name.append(hidden(', '), element('span', 'badge alarm', 'conflict inside'));
    }

    const base = cell('base', 2);
    if (node.fold) {
      // A fold shows nothing but its name.
    } else if (node.base === ABSENT) base.append(hidden('nothing'));
    else base.append(value(node.base));

    const change = (side) => slot && slot.changes.find((change) => change.action === side);
    if (sides) {
      sides.forEach((side, at) => {
        const here = cell('side', 3 + at);
        const said = change(side);
        if (said) here.append(...wish(said, slot));
        else if (slot && slot.sides.has(side)) {
          const dot = element('span', 'sign', '•');
          dot.setAttribute('aria-hidden', 'true');
          here.append(dot, hidden('changed inside'));
        } else here.append(hidden('unchanged'));
      });
    } else {
      const here = cell('side', 3);
      const isLost = (side) => slot.changes.some((change) => change.action === side && !change.stands);
      // Those whose change stands come first.
      const who = slot ? [...slot.sides].sort((a, b) => isLost(a) - isLost(b) || a - b) : [];
      who.slice(0, 1).forEach((side) => here.append(element('span', isLost(side) ? 'chip lost' : 'chip', data.actions[side]), ' '));
      if (who.length > 1) here.append(element('span', 'chip more', `+ ${who.length - 1}`));
      if (!who.length) here.append(hidden('nobody'));
    }

    const result = cell('result', sides ? 3 + sides.length : 4);
    if (node.fold) {
      // As above.
    } else if (node.state === ABSENT) result.append(element('span', 'nothing', state === 'removed' ? 'removed' : state === 'once' ? 'stands once' : 'left out'));
    else result.append(value(node.state));
    return row;
  };

  /// What a side wanted in a slot.
  const wish = (change, slot) => {
    const sign = element('span', `sign ${{ add: 'added', change: 'changed', remove: 'removed' }[change.op]}`, { add: '+', change: '~', remove: '−' }[change.op]);
    sign.setAttribute('aria-hidden', 'true');
    const lost = change.stands ? '' : 'lost';
    const what = 'value' in change ? value(change.value, lost) : change.op === 'remove' ? element('span', `nothing ${lost}`, 'removed') : element('span', `value object ${lost}`, '{…}');
    return [sign, what, ...(lost ? [hidden(', lost')] : [])];
  };

  const drawn = new Map();
  const render = () => {
    const top = Math.max(0, Math.floor(tree.scrollTop / ROW) - 8);
    const end = Math.min(rows.length, Math.ceil((tree.scrollTop + tree.clientHeight) / ROW) + 8);
    const wanted = new Set([active.at]);
    for (let at = top; at < end; at += 1) wanted.add(at);
    for (const [at, row] of drawn) {
      if (wanted.has(at)) continue;
      row.remove();
      drawn.delete(at);
    }
    for (const at of [...wanted].sort((a, b) => a - b)) {
      if (drawn.has(at) || !rows[at]) continue;
      const row = draw(rows[at]);
      // Rows stand in their order, for those who read them one by one.
      let next = null;
      for (const [other, known] of drawn) if (other > at && (next === null || other < Number(next.dataset.at))) next = known;
      body.insertBefore(row, next);
      drawn.set(at, row);
    }
  };

  // Moving about.

  const select = (node, { scroll = true } = {}) => {
    drawn.get(active.at)?.setAttribute('aria-selected', 'false');
    active = node;
    if (scroll) {
      const top = node.at * ROW;
      const room = tree.clientHeight - head.offsetHeight;
      if (top < tree.scrollTop) tree.scrollTop = top;
      else if (top + ROW > tree.scrollTop + room) tree.scrollTop = top + ROW - room;
    }
    render();
    drawn.get(node.at)?.setAttribute('aria-selected', 'true');
    tree.setAttribute('aria-activedescendant', 'row-' + node.at);
    detail(node);
  };

  const redraw = () => {
    flatten();
    while (active.above && rows[active.at] !== active) active = active.above;
    select(active);
  };

  const toggle = (node, isOpen = !node.isOpen) => {
    if (!isExpandable(node) || node.isOpen === isOpen) return;
    node.isOpen = isOpen;
    // Where the row that was left is closed away, its container takes its place.
    for (let at = active; at && !isOpen; at = at.above) if (at.above === node) active = node;
    redraw();
  };

  /// Opens the way to a slot.
  const reveal = (slot) => {
    const above = [];
    for (let at = slot.above; at; at = at.above) above.unshift(at);
    above.forEach((container) => {
      inside(container.node);
      container.node.isOpen = true;
    });
    flatten();
    select(slot.node);
    // In the middle, where what is around it can be seen.
    tree.scrollTop = slot.node.at * ROW - tree.clientHeight / 2 + ROW;
    render();
  };

  const nearestSlot = () => {
    for (let at = active.at; at >= 0; at -= 1) if (rows[at].slot) return rows[at].slot.index;
    return 0;
  };
  const step = (direction) => {
    if (!conflicts.length) return;
    const here = nearestSlot();
    const isOn = active.slot !== null;
    const forward = conflicts.findIndex((slot) => slot.index > here);
    let backward = -1;
    conflicts.forEach((slot, at) => {
      if (slot.index < here || (!isOn && slot.index === here)) backward = at;
    });
    const next = direction > 0 ? (forward < 0 ? 0 : forward) : backward < 0 ? conflicts.length - 1 : backward;
    reveal(conflicts[next]);
    sayWhere(next);
  };
  const say = (text) => {
    byId('status').textContent = text;
  };

  // A slot may have several conflicts.
  const isEach = data.decisions.filter(({ outcome }) => outcome === 'conflict').length === conflicts.length;
  const sayWhere = (at) => say(isEach ? `Conflict ${at + 1} of ${conflicts.length}` : `Place ${at + 1} of ${conflicts.length} with conflicts`);

  const page = () => Math.max(1, Math.floor((tree.clientHeight - head.offsetHeight) / ROW) - 1);
  const KEYS = {
    ArrowDown: () => select(rows[Math.min(rows.length - 1, active.at + 1)]),
    ArrowUp: () => select(rows[Math.max(0, active.at - 1)]),
    Home: () => select(rows[0]),
    End: () => select(rows[rows.length - 1]),
    PageDown: () => select(rows[Math.min(rows.length - 1, active.at + page())]),
    PageUp: () => select(rows[Math.max(0, active.at - page())]),
    ArrowRight: () => {
      if (isExpandable(active) && !active.isOpen) toggle(active);
      else if (active.isOpen && rows[active.at + 1]?.above === active) select(rows[active.at + 1]);
    },
    ArrowLeft: () => {
      if (active.isOpen && isExpandable(active)) toggle(active);
      else if (active.above) select(active.above);
    },
    Enter: () => toggle(active),
    ' ': () => toggle(active),
    '*': () => {
      (active.above ? inside(active.above) : [root]).filter(isShown).forEach((node) => {
        if (isExpandable(node)) node.isOpen = true;
      });
      redraw();
    },
  };
  tree.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('select, input, textarea')) return;
    if (event.key !== 'j' && event.key !== 'k') return;
    event.preventDefault();
    step(event.key === 'j' ? 1 : -1);
    tree.focus({ preventScroll: true });
  });
  body.addEventListener('click', (event) => {
    const row = event.target.closest('.row');
    if (!row) return;
    const node = rows[Number(row.dataset.at)];
    select(node, { scroll: false });
    if (event.target.closest('.twisty') || node.fold) toggle(node);
  });
  body.addEventListener('dblclick', (event) => {
    const row = event.target.closest('.row');
    if (row && !event.target.closest('.twisty')) toggle(rows[Number(row.dataset.at)]);
  });
  byId('next').addEventListener('click', () => step(1));
  byId('previous').addEventListener('click', () => step(-1));
  filter.addEventListener('change', redraw);
  let isWaiting = false;
  const soon = () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      render();
    });
  };
  tree.addEventListener('scroll', soon, { passive: true });
  new ResizeObserver(soon).observe(tree);
  // What scrolls can be reached by keyboard.
  const list = document.querySelector('.sides');
  new ResizeObserver(() => {
    if (list.scrollHeight > list.clientHeight) list.tabIndex = 0;
    else list.removeAttribute('tabindex');
  }).observe(list);

  // Details of one row.

  /// All of a value, the rest of a long one when it is asked for.
  const full = (value) => {
    const LONG = 2000;
    const block = element('pre', kind(value));
    const line = written(value, 60, false);
    const text = line.endsWith('…') ? written(value, LONG, true) : line;
    block.textContent = text;
    if (text.length <= LONG) return [block];
    const more = element('button', 'more', 'Show all of it');
    more.type = 'button';
    more.addEventListener('click', () => {
      block.textContent = written(value, Infinity, true);
      more.remove();
      block.tabIndex = -1;
      block.focus();
    });
    return [block, more];
  };
  const side = (action) => {
    const name = element('span', 'who');
    const dot = element('span', `dot side-${action % 8}`);
    dot.setAttribute('aria-hidden', 'true');
    name.append(dot, data.actions[action]);
    return name;
  };
  const shown = (value) => (value === ABSENT ? [element('p', 'nothing', 'nothing')] : full(value));

  /// The first few of many, and the rest when they are asked for.
  const some = (place, list, name, make) => {
    const MOST = 6;
    place.append(...list.slice(0, MOST).flatMap(make));
    if (list.length <= MOST) return;
    const more = element('button', 'more', `Show ${list.length - MOST} more ${name}`);
    more.type = 'button';
    const box = element('div', 'rest');
    box.append(more);
    place.append(box);
    more.addEventListener('click', () => {
      const rest = list.slice(MOST).flatMap(make);
      box.replaceWith(...rest);
      rest[0].tabIndex = -1;
      rest[0].focus();
    });
  };

  const detail = (node) => {
    const panel = byId('details');
    panel.replaceChildren();
    const title = element('h3', 'path');
    title.textContent = node.fold ? node.label : legible(node.path ?? node.now ?? '') || 'the root';
    panel.append(title);
    if (node.fold) {
      panel.append(element('p', 'nothing', node.fold.isSame ? 'What nobody changed is folded. Enter opens it.' : 'Enter opens these.'));
      return;
    }
    if (node.now !== null && node.path !== null && node.now !== node.path) {
      panel.append(element('p', 'moved', `In the result: ${legible(node.now) || 'the root'}`));
    }
    const slot = node.slot;
    some(panel, slot ? slot.decisions : [], 'decisions', (index) => [decision(data.decisions[index], slot)]);
    const list = element('dl', 'values');
    const entry = (term, ...content) => {
      const name = element('dt');
      name.append(term);
      const what = element('dd');
      what.append(...content);
      return [name, what];
    };
    list.append(...entry('Base', ...shown(node.base)));
    some(list, slot ? slot.changes : [], 'sides', (change) => {
      const did = change.stands
        ? { add: 'added', change: 'changed it to', remove: 'removed it' }[change.op]
        : { add: 'wanted to add', change: 'wanted to change it to', remove: 'wanted to remove it' }[change.op];
      const line = element('p', 'did', did);
      if (!change.stands) line.append(' ', element('span', 'badge alarm', 'lost'));
      return entry(side(change.action), line, ...('value' in change ? full(change.value) : []));
    });
    const idle = data.actions.length - (slot ? slot.sides.size : 0);
    list.append(...entry('Result', ...shown(node.state)));
    panel.append(list);
    if (slot && idle > 0) panel.append(element('p', 'nothing', idle === 1 ? '1 side left it as it was.' : `${idle} sides left it as it was.`));
    if (!slot && node.base === node.state) panel.append(element('p', 'nothing', 'Nobody changed it.'));
  };

  const decision = (decision, slot) => {
    const { outcome, rule, reason } = decision;
    const [winner, loser] = [data.parties[decision.winner], data.parties[decision.loser]];
    const box = element('section', `decision ${outcome}`);
    const title = element('h4');
    title.append(element('span', outcome === 'conflict' ? 'badge alarm' : 'badge', { conflict: 'conflict', 'both-stand': 'both stand', same: 'the same' }[outcome]), ' ', element('span', 'rule', rule));
    const sentence = element('p');
    const wanted = (party) => {
      const where = party.path.slice(slot.path.length);
      const text = { add: 'addition', change: 'change', remove: 'removal' }[party.op];
      const made = [side(party.action), `’s ${text}`];
      if (where) made.push(' of ', element('code', '', '…' + legible(where)));
      if ('value' in party) made.push(party.op === 'change' ? ' to ' : where ? ' as ' : ' of ', value(party.value));
      return made;
    };
    sentence.append(...wanted(winner), outcome === 'conflict' ? ' wins over ' : ' and ', ...wanted(loser));
    box.append(title, sentence, element('p', 'reason', reason));
    return box;
  };

  if (!conflicts.length) {
    byId('next').disabled = true;
    byId('previous').disabled = true;
    say('No conflicts');
  }
  flatten();
  const first = conflicts[0] ?? data.slots.find((slot) => slot.changes.length);
  if (first && first !== root.slot) reveal(first);
  else select(root);
  if (conflicts.length) sayWhere(0);
})();
