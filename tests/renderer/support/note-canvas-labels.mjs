/**
 * Runs in the page before its own scripts: notes each text that is drawn on a canvas, with its place and color, until the
 * canvas is cleared. `canvasLabels(canvas)` gives what stands on one now, in pixels of the window.
 */
(() => {
  /** @type {WeakMap<HTMLCanvasElement, { text: string, color: string, left: number, right: number, top: number, bottom: number }[]>} */
  const noted = new WeakMap();
  const { fillText, clearRect } = CanvasRenderingContext2D.prototype;

  CanvasRenderingContext2D.prototype.clearRect = function (x, y, width, height) {
    if (x <= 0 && y <= 0 && width >= this.canvas.width && height >= this.canvas.height) noted.delete(this.canvas);
    return clearRect.call(this, x, y, width, height);
  };
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
    const size = this.measureText(text);
    const form = this.getTransform();
    const corners = [-size.actualBoundingBoxLeft, size.actualBoundingBoxRight].flatMap((dx) =>
      [-size.actualBoundingBoxAscent, size.actualBoundingBoxDescent].map((dy) => form.transformPoint({ x: x + dx, y: y + dy })),
    );
    const [xs, ys] = [corners.map((corner) => corner.x), corners.map((corner) => corner.y)];
    const box = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
    const all = noted.get(this.canvas) ?? [];
    if (text.trim() !== '') all.push({ text, color: String(this.fillStyle), ...box });
    noted.set(this.canvas, all);
    return fillText.call(this, text, x, y, ...rest);
  };

  /** @param {HTMLCanvasElement} canvas */
  const canvasLabels = (canvas) => {
    const place = canvas.getBoundingClientRect();
    const scale = canvas.width / place.width;
    return (noted.get(canvas) ?? []).map(({ text, color, left, right, top, bottom }) => ({
      ...{ text, color },
      ...{ left: place.left + left / scale, right: place.left + right / scale },
      ...{ top: place.top + top / scale, bottom: place.top + bottom / scale },
    }));
  };
  Object.assign(globalThis, { canvasLabels });
})();
