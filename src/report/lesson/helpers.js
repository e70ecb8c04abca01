/* What the scenes share: controls, maps, and helpers that run elsewhere. */

const PADDINGS = ["zeros", "reflect", "replicate", "circular", "symmetric", "extrapolate", "randn", "partial",
  "distribution:interp", "valid"];
const textOf = (id) => document.getElementById(id).textContent;

/* A worker with a padgrad of its own. */
class Helper {
  constructor(module) {
    const source = URL.createObjectURL(new Blob([textOf("engine"), textOf("worker")], { type: "text/javascript" }));
    this.worker = new Worker(source);
    this.waiting = new Map();
    this.number = 0;
    this.worker.onmessage = ({ data: [number, error, answer, took] }) => {
      const { resolve, reject } = this.waiting.get(number);
      this.waiting.delete(number);
      this.took = took;
      if (error) reject(new Error(error));
      else resolve(answer);
    };
    this.ask("module", module).catch(trouble);
  }

  ask(what, more) {
    this.number += 1;
    const number = this.number;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      this.worker.postMessage([number, what, more]);
    });
  }
}

function trouble(error) {
  const place = document.getElementById("trouble");
  place.hidden = false;
  place.textContent = error.message || String(error);
}

function choice(label, values, chosen, act) {
  const select = el("select", { on: { change: () => act(select.value) } },
    ...values.map((value) => el("option", { value }, value)));
  select.value = chosen;
  return { node: el("label", {}, label, select), get value() { return select.value; } };
}

/* A slider that says its value; `words` makes it of the number. */
function slider(label, [min, max, step], value, words, act) {
  const told = el("output", {});
  const input = el("input", { type: "range", min, max, step, value, "aria-label": label });
  const tell = () => {
    told.textContent = words(Number(input.value));
    input.setAttribute("aria-valuetext", told.textContent);
  };
  input.addEventListener("input", () => { tell(); act(Number(input.value)); });
  tell();
  return {
    node: el("label", { class: "slide" }, label, input, told), input,
    get value() { return Number(input.value); },
  };
}

function button(words, act, look = "") {
  return el("button", { type: "button", class: look || null, on: { click: act } }, words);
}

/* Acts once per frame of the screen, however often it is called. */
function perFrame(act) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; guarded(act); });
  };
}

function guarded(act) {
  try { act(); } catch (error) { trouble(error); }
}

const largest = (map) => map.values.reduce((most, v) => Math.max(most, Math.abs(v || 0)), 0);
const percent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;
const positions = (count) => `${count} position${count === 1 ? "" : "s"}`;

/* A map that can be pointed at and walked over with the arrow keys. */
class MapView {
  constructor(host, name, options = {}) {
    this.name = name;
    this.options = options;
    this.canvas = el("canvas", { role: "img", tabindex: 0 });
    this.mark = el("span", { class: "cell-mark", hidden: "" });
    this.theory = el("span", { class: "theory", hidden: "" });
    this.note = el("div", { class: "value" });
    this.title = el("span", {}, name);
    this.frame = el("div", { class: "frame" }, this.canvas, this.theory, this.mark);
    this.node = el("div", { class: "panel" }, el("div", { class: "panel-name" }, this.title), this.frame, this.note);
    host.append(this.node);
    this.canvas.addEventListener("pointermove", (event) => this.point(this.cellAt(event)));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.canvas.addEventListener("blur", () => this.point(null));
    this.canvas.addEventListener("focus", () => { if (this.canvas.matches(":focus-visible")) this.point(this.last || [0, 0]); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    if (options.pick) {
      this.canvas.addEventListener("click", (event) => options.pick(this.cellAt(event)));
    }
  }

  cellAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const at = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    return [at((event.clientY - box.top) / box.height, this.canvas.height),
      at((event.clientX - box.left) / box.width, this.canvas.width)];
  }

  key(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const cell = this.cell || this.last || [0, 0];
    if (this.options.pick && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      this.options.pick(cell);
    }
    if (!step) return;
    event.preventDefault();
    this.point([Math.max(0, Math.min(this.canvas.height - 1, cell[0] + step[0])),
      Math.max(0, Math.min(this.canvas.width - 1, cell[1] + step[1]))]);
  }

  point(cell) {
    this.cell = cell;
    if (cell) this.last = cell;
    this.tell();
  }

  /* `scale`: grey from -max to max, or the report's own colours. */
  show(map, scale, words = "") {
    this.map = map;
    this.words = words;
    const [height, width] = map.shape;
    this.canvas.width = width;
    this.canvas.height = height;
    const image = new ImageData(width, height);
    map.values.forEach((value, i) => image.data.set([...shade(scale, value), 255], 4 * i));
    this.canvas.getContext("2d").putImageData(image, 0, 0);
    const most = largest(map);
    this.canvas.setAttribute("aria-label",
      `${this.name}: ${height} by ${width} ${this.options.unit || "values"}, ${most === 0 ? "all exactly 0" : `the largest ${short(most)}`}. ${words} Arrow keys read values${this.options.pick ? ", Enter picks" : ""}.`);
    this.tell();
  }

  /* The frame inside of which theory leaves no padding: rows and columns from both ends. */
  bound([before, after]) {
    const side = this.map.shape[0];
    const inner = side - before - after;
    this.theory.hidden = inner <= 0 || before + after === 0;
    const part = (n) => `${(100 * n) / side}%`;
    Object.assign(this.theory.style, { left: part(before), top: part(before), width: part(inner), height: part(inner) });
  }

  tell() {
    this.mark.hidden = !this.cell || !this.map;
    if (this.mark.hidden) {
      this.note.textContent = this.words || "";
      return;
    }
    const [height, width] = this.map.shape;
    const [row, column] = [Math.min(this.cell[0], height - 1), Math.min(this.cell[1], width - 1)];
    const part = (n, of) => `${(100 * n) / of}%`;
    Object.assign(this.mark.style, { left: part(column, width), top: part(row, height), width: part(1, width), height: part(1, height) });
    const value = this.map.values[row * width + column];
    this.note.textContent = `row ${row}, column ${column}: ${value === null ? "not finite" : short(value)}`;
  }
}

function shade(scale, value) {
  if (value === null) return [128, 128, 128];
  if (scale.colours !== "grey") return colour(scale, place(scale, value));
  const light = Math.round(255 * Math.max(0, Math.min(1, 0.5 + value / scale.max / 2)));
  return [light, light, light];
}

const GREY = { colours: "grey", max: 2.5 };
const signed = (max) => ({ colours: "diverging", max: max || 1 });
const strength = (max) => ({ colours: "sequential", max: max || 1 });

/* A bar that says which colour is which value. */
function legend(scale, unit) {
  const bar = el("canvas", { class: "bar", width: 256, height: 1, "aria-hidden": "true" });
  const pen = bar.getContext("2d");
  for (let x = 0; x < 256; x += 1) {
    pen.fillStyle = `rgb(${colour(scale, x / 255).join(" ")})`;
    pen.fillRect(x, 0, 1, 1);
  }
  const low = scale.colours === "diverging" ? `−${short(scale.max)}` : "0";
  return el("p", { class: "ramp" }, low, bar, `${short(scale.max)} ${unit}`);
}
