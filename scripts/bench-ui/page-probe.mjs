// Runs in the page before anything else: keeps its long tasks, and can drive the plots.
{
  /** @type {number[]} */
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: 'longtask',
    buffered: true,
  });
  /** @returns {Promise<number>} the page's clock */
  const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  /** @param {number} count @param {(at: number) => void} work */
  const frames = async (count, work) => {
    /** @type {number[]} */
    const gaps = [];
    let last = await nextFrame();
    for (let at = 0; at < count; at += 1) {
      work(at);
      const now = await nextFrame();
      gaps.push(now - last);
      last = now;
    }
    return gaps.sort((one, other) => one - other);
  };
  /** @param {number} deltaX @param {WheelEventInit} more */
  const wheel = (deltaX, more = {}) => {
    const over = document.querySelector('.u-over');
    over?.dispatchEvent(new WheelEvent('wheel', { deltaX, bubbles: true, cancelable: true, ...more }));
  };
  /**
   * The page's clock at the first frame in which so many elements are there, one of them with a text.
   * @param {string} selector @param {number} least
   */
  const whenThere = async (selector, least, text = '') => {
    for (;;) {
      const found = [...document.querySelectorAll(selector)];
      if (found.length >= least && (text === '' || found.some(({ textContent }) => textContent?.includes(text)))) break;
      await nextFrame();
    }
    return performance.now();
  };
  const keelProbe = {
    whenThere,
    longest: () => Math.max(0, ...tasks),
    forget: () => tasks.splice(0).length,
    /**
     * Zooms all plots to a third, then pans them with every frame, there and back.
     * @param {number} count
     */
    pan: async (count) => {
      for (let at = 0; at < 8; at += 1) wheel(0, { deltaY: -100, ctrlKey: true });
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return frames(count, (at) => wheel(at % 120 < 60 ? 6 : -6));
    },
    /** @param {number} count */
    scroll: (count) => {
      const body = document.querySelector('.data-table .body');
      return frames(count, (at) => {
        if (body) body.scrollTop = at * 60;
      });
    },
  };
  Object.assign(globalThis, { keelProbe });
}
