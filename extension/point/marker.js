/**
 * The sheet on which the person marks a part of what lies below it: drags a box, clicks something, or uses the keys. It
 * hears input at the window before the page does, keeps it from the page, and takes only what a person did: a page can send
 * it nothing. A classic script, as `boxes.js`.
 */
globalThis.TabtalkMarker = (() => {
  const { between, grown, isLarge, middle, moved, shares } = globalThis.tabtalkBoxes;

  /** A press that moved no further is a click. */
  const CLICK_PX = 4;
  /** @type {{[key: string]: TabtalkStep}} */
  const STEPS = {
    ArrowLeft: { right: -1, down: 0 },
    ArrowRight: { right: 1, down: 0 },
    ArrowUp: { right: 0, down: -1 },
    ArrowDown: { right: 0, down: 1 },
  };
  /** What follows from the input that is heard, and is not for the page either. */
  const FOLLOWING = ['mousedown', 'mouseup', 'mousemove', 'click', 'dblclick', 'auxclick', 'contextmenu', 'dragstart', 'selectstart',
    'pointerover', 'pointerout', 'mouseover', 'mouseout', 'touchstart', 'touchmove', 'touchend', 'keyup', 'keypress'];
  const STYLE = `
    .sheet { all: initial; position: absolute; inset: 0; display: block; box-sizing: border-box; width: auto; height: auto; margin: 0; padding: 0;
      overflow: hidden; border: 0; background: transparent; outline: none; cursor: crosshair; touch-action: none; user-select: none; direction: ltr;
      font: 14px/1.4 system-ui, sans-serif; color-scheme: light; }
    .sheet[popover] { position: fixed; }
    .mark { position: absolute; box-sizing: border-box; border-radius: 2px; outline: 2px solid #fff; box-shadow: 0 0 0 4px #3d5afe, 0 0 0 200vmax rgb(12 14 22 / 0.45); }
    .bar { position: absolute; left: 50%; bottom: 24px; display: flex; gap: 12px; align-items: center; box-sizing: border-box; max-width: calc(100% - 32px);
      padding: 8px 8px 8px 16px; border: 1px solid rgb(255 255 255 / 0.25); border-radius: 12px; background: #15161b; color: #fff; box-shadow: 0 4px 16px rgb(0 0 0 / 0.4); translate: -50%; }
    .bar.above { top: 24px; bottom: auto; }
    .leave { padding: 4px 10px; border: 1px solid rgb(255 255 255 / 0.5); border-radius: 8px; cursor: pointer; font-weight: 600; white-space: nowrap; }
    .said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    @media (forced-colors: active) { .mark { outline-color: Highlight; } .bar { border-color: CanvasText; } }`;

  return class Marker {
    #elementAt;
    #words;
    #bar;
    #leave = part('span', 'leave');
    #mark = part('div', 'mark');
    #said = part('div', 'said');
    /** What is marked now. @type {TabtalkBox|null} */
    #box = null;
    /** Where the drag under way began. @type {TabtalkPlace|null} */
    #from = null;
    /** Where the pointer is. @type {TabtalkPlace|null} */
    #at = null;
    #over = false;
    #life = new AbortController();
    /** @type {(box: TabtalkBox|null) => void} */
    #settle = () => {};

    /**
     * @param {ShadowRoot} place
     * @param {TabtalkMarkerWords} words
     * @param {(place: TabtalkPlace) => TabtalkBox|null} [elementAt] what a click means there
     */
    constructor(place, words, elementAt = () => null) {
      this.#words = words;
      this.#elementAt = elementAt;
      this.#bar = part('div', 'bar', words.help);
      this.#bar.id = 'help';
      this.#leave.textContent = words.leave;
      this.#leave.ariaHidden = 'true'; // Keys have Escape, which the help tells of.
      this.#bar.append(this.#leave);
      this.#said.role = 'status';
      this.surface = part('div', 'sheet');
      this.surface.role = 'application';
      this.surface.tabIndex = 0;
      this.surface.ariaLabel = words.label;
      this.surface.setAttribute('aria-describedby', 'help');
      this.surface.append(this.#mark, this.#bar, this.#said);
      const style = new CSSStyleSheet();
      style.replaceSync(STYLE);
      place.adoptedStyleSheets = [style];
      place.append(this.surface);
      this.marked = new Promise((resolve) => {
        this.#settle = resolve;
      });
      this.#show(null);
      this.#listen();
    }

    leave() {
      this.#finish(null);
    }

    /** The page hears its input again; until then, what follows from the last press is kept from it. */
    end() {
      this.#life.abort();
      this.#finish(null);
    }

    get #area() {
      const { width, height } = this.surface.getBoundingClientRect();
      return { width, height };
    }

    #listen() {
      /** @type {{[type: string]: (event: any) => void}} */
      const handlers = {
        pointerdown: (event) => this.#onDown(event),
        pointermove: (event) => this.#onMove(event),
        pointerup: (event) => this.#onUp(event),
        pointercancel: () => this.#onCancel(),
        keydown: (event) => this.#onKey(event),
      };
      const how = { capture: true, passive: false, signal: this.#life.signal };
      for (const type of [...Object.keys(handlers), ...FOLLOWING]) {
        addEventListener(type, (event) => {
          // What a script made is the page's own affair: it is neither heard nor kept from it.
          if (!event.isTrusted) return;
          event.stopImmediatePropagation();
          if (!this.#over) handlers[type]?.(event);
          if (type !== 'keydown' && event.cancelable) event.preventDefault();
        }, how);
      }
      addEventListener('scroll', () => this.#from || this.#over || this.#hover(), how);
    }

    /** @param {PointerEvent} event */
    #onDown(event) {
      if (event.button !== 0 || !event.isPrimary) return;
      if (isIn(event, this.#leave.getBoundingClientRect())) {
        this.leave();
        return;
      }
      this.surface.focus();
      try {
        this.surface.setPointerCapture(event.pointerId);
      } catch {
        // The pointer has gone already.
      }
      this.#from = this.#placeOf(event);
    }

    /** @param {PointerEvent} event */
    #onMove(event) {
      const place = this.#placeOf(event);
      // The browser repeats the last place when what lies below changes; a box made with the keys stays then.
      if (!this.#from && place.x === this.#at?.x && place.y === this.#at?.y) return;
      this.#at = place;
      if (!this.#from) this.#hover();
      else if (isFar(this.#from, place)) this.#show(between(this.#from, place, this.#area));
    }

    /** @param {PointerEvent} event */
    #onUp(event) {
      const from = this.#from;
      if (!from || !event.isPrimary) return;
      this.#from = null;
      const place = this.#placeOf(event);
      const box = isFar(from, place) ? between(from, place, this.#area) : this.#elementAt(place);
      if (box && isLarge(box)) this.#finish(box);
      else this.#show(null);
    }

    #onCancel() {
      this.#from = null;
      this.#show(null);
    }

    /** @param {KeyboardEvent} event */
    #onKey(event) {
      const { key } = event;
      const step = Object.hasOwn(STEPS, key) ? STEPS[key] : null;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (key === 'Escape') this.leave();
      else if (key === 'Enter' && this.#box && !this.#from) this.#finish(this.#box);
      else if (step && this.#box && !this.#from) this.#tell((event.shiftKey ? grown : moved)(this.#box, step, this.#area));
      else if ((step || key === 'Enter') && !this.#from) this.#tell(middle(this.#area));
      else if (key !== 'Tab') return;
      event.preventDefault();
    }

    #hover() {
      const box = this.#at && this.#elementAt(this.#at);
      this.#show(box && isLarge(box) ? box : null);
    }

    /** Shows a box that was made with the keys, and says where it is. @param {TabtalkBox} box */
    #tell(box) {
      this.#show(box);
      const { x, y, width, height } = shares(box, this.#area);
      const [left, top, wide, high] = [x, y, width, height].map((share) => String(Math.round(share * 100)));
      this.#said.textContent = this.#words.where(left, top, wide, high);
    }

    /** @param {TabtalkBox|null} box */
    #show(box) {
      this.#box = box;
      const { x, y, width, height } = box ?? { x: -100, y: -100, width: 0, height: 0 };
      Object.assign(this.#mark.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
      const { y: low = 0 } = this.#at ?? {};
      const reach = Math.max(low, box && box.height < this.#area.height * 0.8 ? y + height : 0);
      this.#bar.classList.toggle('above', reach > this.#area.height - 120);
    }

    /** @param {TabtalkBox|null} box */
    #finish(box) {
      this.#over = true;
      this.#settle(box);
    }

    /** @param {PointerEvent} event @returns {TabtalkPlace} within the surface */
    #placeOf({ clientX, clientY }) {
      const { left, top } = this.surface.getBoundingClientRect();
      return { x: clientX - left, y: clientY - top };
    }
  };

  /** @param {string} tag @param {string} name @param {string} [words] */
  function part(tag, name, words = '') {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = words;
    return element;
  }

  /** @param {TabtalkPlace} one @param {TabtalkPlace} other */
  function isFar(one, other) {
    return Math.hypot(other.x - one.x, other.y - one.y) > CLICK_PX;
  }

  /** @param {PointerEvent} event @param {DOMRect} rect */
  function isIn({ clientX, clientY }, { left, top, right, bottom }) {
    return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
  }
})();
