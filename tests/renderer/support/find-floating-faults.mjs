/**
 * Runs in the page: what keeps a floating surface from being read over what it covers. A surface is seen through when it
 * or something around it is not opaque, runs into the page without an edge, and is covered when something else lies at
 * its points.
 * @param {Element} element
 * @param {string | null} pseudo
 * @returns {string[]}
 */
function findFloatingFaults(element, pseudo) {
  /** @type {string[]} */
  const faults = [];
  const style = getComputedStyle(element, pseudo);
  /** @param {string} color */
  const pixelOf = (color) => {
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext('2d'));
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const ground = pixelOf(style.backgroundColor);
  if (ground[3] !== 255) faults.push(`background ${style.backgroundColor} is not opaque`);
  for (let around = /** @type {Element | null} */ (element); around; around = around.parentElement) {
    const { opacity } = getComputedStyle(around);
    if (Number(opacity) !== 1) faults.push(`opacity ${opacity} of ${around.tagName.toLowerCase()}.${around.className}`);
  }
  for (const side of ['Top', 'Right', 'Bottom', 'Left']) {
    const [width, kind, color] = ['Width', 'Style', 'Color'].map((part) => style.getPropertyValue(`border-${side}-${part}`.toLowerCase()));
    const edge = pixelOf(color ?? '');
    const apart = Math.max(...[0, 1, 2].map((at) => Math.abs((edge[at] ?? 0) - (ground[at] ?? 0))));
    if (Number.parseFloat(width ?? '') < 1 || kind === 'none' || edge[3] !== 255 || apart < 24)
      faults.push(`${side.toLowerCase()} border ${width} ${kind} ${color} cannot be seen on ${style.backgroundColor}`);
  }
  if (style.boxShadow === 'none') faults.push('no shadow');
  const box = element.getBoundingClientRect();
  if (box.width < 1 || box.height < 1) faults.push('not drawn');
  if (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight)
    faults.push(`sticks out of the window: ${[box.left, box.top, box.right, box.bottom].map(Math.round)} of ${innerWidth} x ${innerHeight}`);
  const isTouched = !pseudo && getComputedStyle(element).pointerEvents !== 'none';
  for (const x of isTouched ? [0.02, 0.5, 0.98] : []) {
    for (const y of [0.02, 0.5, 0.98]) {
      const top = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
      if (top && !element.contains(top)) faults.push(`covered by ${top.tagName.toLowerCase()}.${top.className}`);
    }
  }
  return [...new Set(faults)];
}

Object.assign(globalThis, { findFloatingFaults });
