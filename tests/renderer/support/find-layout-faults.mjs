/**
 * Runs in the page: what sticks out of the window, is cut off without a way to see it, or lies over its neighbor.
 * Texts that end in an ellipsis on purpose are left out when they have a title or are in a table's cell.
 * @returns {string[]}
 */
function findLayoutFaults() {
  /** @type {string[]} */
  const faults = [];
  /** @param {Element} element */
  const name = (element) => {
    const words = (element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40);
    return `${element.tagName.toLowerCase()}.${[...element.classList].join('.')} "${words}"`;
  };
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth - root.clientWidth} px too wide`);
  /** @param {Element} element */
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== 'hidden' && element.checkVisibility() && !element.closest('.only-heard, [hidden]');
  };
  const main = document.querySelector('main');
  if (main && main.scrollWidth > main.clientWidth + 1) faults.push(`main is ${main.scrollWidth - main.clientWidth} px too wide`);
  for (const element of document.querySelectorAll('main *, nav *, header *')) {
    if (!(element instanceof HTMLElement) || !isShown(element)) continue;
    const style = getComputedStyle(element);
    const isMeant = style.textOverflow === 'ellipsis' || element.closest('svg, canvas, pre, .u-wrap');
    const hides = style.overflowX === 'hidden' || style.overflowX === 'clip';
    if (hides && !isMeant && element.scrollWidth > element.clientWidth + 1) faults.push(`cut off: ${name(element)}`);
    const isControl = element.matches('button, a.button, input, select, .badge');
    if (isControl && element.scrollWidth > element.clientWidth + 2 && !isMeant && !element.matches('input, select'))
      faults.push(`text sticks out: ${name(element)}`);
  }
  // Panels too: one that its column cannot hold lies under its neighbor without making the page any wider.
  const places = 'main button, main a.button, main input, main select, main .panel';
  /** Lines that stay in view lie over what scrolls below them. @param {Element | null} element @returns {boolean} */
  const isSticky = (element) => element !== null && element !== main && (getComputedStyle(element).position === 'sticky' || isSticky(element.parentElement));
  const apart = [...document.querySelectorAll(places)].filter(isShown);
  for (const [index, one] of apart.entries()) {
    const a = one.getBoundingClientRect();
    for (const other of apart.slice(index + 1)) {
      // A control may be scrolled out of sight below another panel.
      if (one.matches('.panel') !== other.matches('.panel')) continue;
      if (isSticky(one) !== isSticky(other)) continue;
      if (one.contains(other) || other.contains(one)) continue;
      const b = other.getBoundingClientRect();
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (width > 2 && height > 2) faults.push(`overlap: ${name(one)} and ${name(other)}`);
    }
  }
  return [...faults, ...findPlotFaults(isShown, name)];
}

/**
 * What is wrong with labels in pictures, whether drawn or written on a canvas, and with plots that stand beside or below
 * each other: one label over another, a label that leaves its picture, axes that do not line up.
 * @param {(element: Element) => boolean} isShown
 * @param {(element: Element) => string} name
 * @returns {string[]}
 */
function findPlotFaults(isShown, name) {
  /** @type {string[]} */
  const faults = [];
  /** Less is rounding. */
  const TOUCH = 1;
  const { canvasLabels } = /** @type {any} */ (globalThis);
  const pictures = [...document.querySelectorAll('main svg, main canvas')].filter(isShown);
  for (const picture of pictures) {
    const title = picture.closest('[aria-label]')?.getAttribute('aria-label')?.slice(0, 40) ?? picture.tagName;
    const labels =
      picture instanceof HTMLCanvasElement
        ? (canvasLabels?.(picture) ?? [])
        : [...picture.querySelectorAll('text')].filter(isShown).map((text) => {
            const { left, right, top, bottom } = text.getBoundingClientRect();
            return { text: text.textContent ?? '', left, right, top, bottom };
          });
    const edge = (picture instanceof HTMLCanvasElement ? picture : (picture.closest('.panel') ?? picture)).getBoundingClientRect();
    for (const [index, one] of labels.entries()) {
      if (one.left < edge.left - TOUCH || one.right > edge.right + TOUCH || one.top < edge.top - TOUCH || one.bottom > edge.bottom + TOUCH)
        faults.push(`label "${one.text}" leaves its picture: ${title}`);
      for (const other of labels.slice(index + 1)) {
        const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (width > TOUCH && height > TOUCH) faults.push(`label "${one.text}" over "${other.text}": ${title}`);
      }
    }
  }
  const cards = [...document.querySelectorAll('main figure.plot')].filter(isShown).flatMap((card) => {
    const inner = [...card.querySelectorAll('.u-over')].find(isShown);
    return inner ? [{ outer: card.getBoundingClientRect(), inner: inner.getBoundingClientRect(), title: card.getAttribute('aria-label') }] : [];
  });
  for (const card of [...document.querySelectorAll('main figure.plot')].filter(isShown)) {
    const parts = ['.head', '.legend', '.chart', '.note'].flatMap((name) => [...card.querySelectorAll(name)].filter(isShown));
    for (const [index, part] of parts.slice(1).entries()) {
      const [above, below] = [/** @type {Element} */ (parts[index]).getBoundingClientRect(), part.getBoundingClientRect()];
      if (above.bottom > below.top + TOUCH) faults.push(`${name(part)} lies under ${name(/** @type {Element} */ (parts[index]))}`);
    }
  }
  for (const [index, one] of cards.entries()) {
    for (const other of cards.slice(index + 1)) {
      const pair = `${one.title} and ${other.title}`;
      const isApart = (/** @type {'top' | 'bottom' | 'left' | 'right'} */ side) => Math.abs(one.inner[side] - other.inner[side]) > TOUCH;
      if (Math.abs(one.outer.top - other.outer.top) < TOUCH && (isApart('top') || isApart('bottom'))) faults.push(`axes of a row apart: ${pair}`);
      if (Math.abs(one.outer.left - other.outer.left) < TOUCH && (isApart('left') || isApart('right'))) faults.push(`axes of a column apart: ${pair}`);
    }
  }
  return faults;
}

findLayoutFaults();
