/* Lines over steps or images, as SVG, and the reader's own guess drawn into them. */

const SVG = "http://www.w3.org/2000/svg";
function svg(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

class Chart {
  /* `x` and `y`: {name, range: [from, to], log}. */
  constructor(host, label, x, y) {
    this.area = { left: 64, right: 24, top: 12, bottom: 44 };
    this.axes = { x, y };
    this.label = label;
    this.svg = svg("svg", { role: "img" });
    this.back = svg("g", {});
    this.front = svg("g", {});
    this.svg.append(this.back, this.front);
    this.key = el("div", { class: "key" });
    host.append(el("div", { class: "chart-box" }, this.key, this.svg));
    this.lines = new Map();
    // On a phone the drawing is small rather than its letters.
    const narrow = matchMedia("(max-width: 36rem)");
    narrow.addEventListener("change", () => this.fit(narrow.matches));
    this.fit(narrow.matches);
  }

  fit(narrow) {
    [this.width, this.height] = narrow ? [360, 240] : [640, 300];
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.redraw();
  }

  at(axis, value) {
    const { range: [from, to], log } = this.axes[axis];
    const share = log ? Math.log(Math.max(value, from) / from) / Math.log(to / from) : (value - from) / (to - from);
    const { left, right, top, bottom } = this.area;
    const clamped = Math.max(0, Math.min(1, share));
    return axis === "x" ? left + clamped * (this.width - left - right) : this.height - bottom - clamped * (this.height - top - bottom);
  }

  /* The other way around: the values at a place in the drawing. */
  valuesAt(event) {
    const box = this.svg.getBoundingClientRect();
    const { left, right, top, bottom } = this.area;
    const x = (((event.clientX - box.left) / box.width) * this.width - left) / (this.width - left - right);
    const y = (this.height - bottom - ((event.clientY - box.top) / box.height) * this.height) / (this.height - top - bottom);
    const value = (axis, share) => {
      const [from, to] = this.axes[axis].range;
      return from + Math.max(0, Math.min(1, share)) * (to - from);
    };
    return [value("x", x), value("y", y)];
  }

  line(name, look) {
    const node = svg("polyline", { class: `line ${look.class || ""}` });
    if (look.colour) node.style.stroke = look.colour;
    this.front.append(node);
    this.lines.set(name, { node, points: [] });
    this.key.append(el("span", { class: look.class === "line" ? null : look.class || null, style: `--of: ${look.colour || "var(--quiet)"}` }, name));
  }

  set(name, points) {
    const line = this.lines.get(name);
    line.points = points;
    line.node.setAttribute("points", points.map(([x, y]) => `${this.at("x", x).toFixed(1)},${this.at("y", y).toFixed(1)}`).join(" "));
  }

  describe(words) {
    this.svg.setAttribute("aria-label", `${this.label}: ${words}`);
  }

  range(axis, range) {
    this.axes[axis].range = range;
    this.redraw();
  }

  redraw() {
    this.draw();
    for (const [name, { points }] of this.lines) this.set(name, points);
  }

  ticks({ range: [from, to], log }) {
    if (log) {
      const found = [];
      for (let power = Math.ceil(Math.log10(from) - 1e-9); 10 ** power <= to * 1.001; power += 1) found.push(10 ** power);
      return found;
    }
    const raw = (to - from) / 5;
    const unit = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((n) => n * unit).find((s) => s >= raw);
    const found = [];
    for (let value = Math.ceil(from / step) * step; value <= to * 1.0001; value += step) found.push(value);
    return found;
  }

  draw() {
    const { left, right, top, bottom } = this.area;
    this.back.replaceChildren();
    for (const value of this.ticks(this.axes.y)) {
      const y = this.at("y", value);
      this.back.append(svg("line", { class: "grid", x1: left, x2: this.width - right, y1: y, y2: y }),
        svg("text", { x: left - 8, y: y + 4, "text-anchor": "end" }, short(value)));
    }
    for (const value of this.ticks(this.axes.x)) {
      const x = this.at("x", value);
      this.back.append(svg("line", { class: "axis", x1: x, x2: x, y1: this.height - bottom, y2: this.height - bottom + 5 }),
        svg("text", { x, y: this.height - bottom + 19, "text-anchor": "middle" }, short(value)));
    }
    this.back.append(svg("line", { class: "axis", x1: left, x2: this.width - right, y1: this.height - bottom, y2: this.height - bottom }),
      svg("text", { x: (this.width + left) / 2, y: this.height - 6, "text-anchor": "middle" }, this.axes.x.name),
      svg("text", { x: 0, y: 0, "text-anchor": "middle", transform: `translate(14 ${(this.height - bottom + top) / 2}) rotate(-90)` }, this.axes.y.name));
  }
}
