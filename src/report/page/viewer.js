/* Heatmaps with a choice, a slider over frames, and values to point at. */

class Viewer {
  constructor(root) {
    this.root = root;
    this.data = dataOf(root.dataset.viewer);
    this.variant = this.data.chosen;
    this.frame = this.data.start;
    this.cell = null;
    root.replaceChildren();
    this.controls();
    this.maps = el("div", { class: "maps" });
    this.legend = el("div", { class: "legend" });
    this.readout = el("p", { class: "readout", "aria-live": "polite" });
    root.append(this.maps, el("div", { class: "below" }, this.legend, this.readout));
    root.append(downloads("this figure", {
      SVG: () => save(`${this.data.name}.svg`, [this.svg().text], "image/svg+xml"),
      PNG: () => { const s = this.svg(); savePng(`${this.data.name}.png`, s.text, s.width, s.height); },
      CSV: () => save(`${this.data.name}.csv`, [csv(this.rows())], "text/csv"),
      npy: () => this.saveNpy(),
    }));
    this.build();
  }

  get shown() { return this.data.variants[this.variant]; }

  controls() {
    const { data, root } = this;
    const bar = el("div", { class: "controls" });
    if (data.variants.length > 1) {
      const select = el("select", { on: { change: () => this.choose(Number(select.value)) } });
      data.variants.forEach((v, i) => select.append(el("option", { value: i }, v.name)));
      select.value = this.variant;
      bar.append(el("label", { class: "choice" }, `${data.choice} `, select));
    }
    if (data.frames.length > 1) {
      this.slider = el("input", {
        type: "range", min: 0, max: data.frames.length - 1, step: 1, value: this.frame,
        "aria-label": data.slider, on: { input: () => { this.stop(); this.show(Number(this.slider.value)); } },
      });
      this.moment = el("output", { class: "moment-name" });
      bar.append(el("div", { class: "slide" }, el("span", {}, data.slider), this.slider, this.moment));
      if (data.play) {
        this.button = el("button", { type: "button", on: { click: () => (this.timer ? this.stop() : this.play()) } }, "▶ Play");
        bar.append(this.button);
      }
    }
    if (bar.children.length) root.append(bar);
  }

  choose(variant) {
    this.variant = variant;
    this.cell = null;
    this.build();
    this.root.dispatchEvent(new CustomEvent("choice", { bubbles: true, detail: this.shown.name }));
  }

  /* The panels of a choice: made once, painted for every frame. */
  build() {
    this.panels = [];
    this.maps.replaceChildren();
    for (const row of this.shown.rows) {
      const line = el("div", { class: "map-row" });
      const widths = row.panels.map((panel) => Math.max(0, ...panel.frames.map((f) => (f ? f.shape[1] : 0))));
      /* A position is as large in every map of a row. */
      row.panels.forEach((panel, i) => {
        const box = this.panel(panel, row.title);
        box.querySelector(".frame").style.width = `${(100 * widths[i]) / (Math.max(...widths) || 1)}%`;
        line.append(box);
      });
      if (row.title) this.maps.append(el("h3", { class: "row-title" }, row.title));
      this.maps.append(line);
    }
    this.drawLegend();
    this.show(this.frame);
  }

  panel(panel, title) {
    const canvas = el("canvas", { role: "img", tabindex: 0 });
    const mark = el("span", { class: "cell-mark", hidden: "" });
    const empty = el("span", { class: "nothing" }, "not measured");
    const entry = { panel, title, canvas, mark, empty };
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      const at = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
      const x = at((event.clientX - box.left) / box.width, canvas.width);
      this.point(entry, at((event.clientY - box.top) / box.height, canvas.height) * canvas.width + x);
    });
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("focus", () => this.point(entry, 0));
    canvas.addEventListener("blur", () => this.point(null));
    canvas.addEventListener("keydown", (event) => this.walk(event, entry));
    this.panels.push(entry);
    return el("div", { class: "panel" },
      el("div", { class: "panel-name" }, panel.name.replace(":", ":\u200b"), panel.note ? el("small", {}, panel.note) : ""),
      el("div", { class: "frame" }, canvas, mark, empty));
  }

  walk(event, entry) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step || !this.cell) return;
    event.preventDefault();
    const { width, height } = entry.canvas;
    const x = Math.max(0, Math.min(width - 1, (this.cell.at % width) + step[0]));
    const y = Math.max(0, Math.min(height - 1, Math.floor(this.cell.at / width) + step[1]));
    this.point(entry, y * width + x);
  }

  point(entry, at) {
    this.cell = entry ? { entry, at } : null;
    this.tell();
  }

  map(panel) {
    return decode(panel.frames[Math.min(this.frame, panel.frames.length - 1)]);
  }

  /* The value under the pointer, in every panel the same place marked. */
  tell() {
    for (const { mark } of this.panels) mark.hidden = true;
    if (!this.cell) {
      this.readout.textContent = "";
      return;
    }
    const { entry, at } = this.cell;
    const map = this.map(entry.panel);
    if (!map || at >= map.q.length) return;
    const [row, column] = [Math.floor(at / map.width), at % map.width];
    entry.mark.hidden = false;
    entry.mark.style.left = `${(100 * column) / map.width}%`;
    entry.mark.style.top = `${(100 * row) / map.height}%`;
    entry.mark.style.width = `${100 / map.width}%`;
    entry.mark.style.height = `${100 / map.height}%`;
    const title = entry.title ? `, ${entry.title}` : "";
    this.readout.textContent =
      `${entry.panel.name}${title}: row ${row}, column ${column}: ${numberOf(map, at)} ${this.data.unit}`;
  }

  show(frame) {
    this.frame = frame;
    const name = this.data.frames[frame];
    if (this.slider) {
      this.slider.value = frame;
      this.slider.setAttribute("aria-valuetext", name);
      this.moment.textContent = name;
    }
    for (const { panel, title, canvas, empty } of this.panels) {
      const map = this.map(panel);
      canvas.hidden = !map;
      empty.hidden = Boolean(map);
      if (!map) continue;
      paint(canvas, map, this.shown.scale);
      canvas.setAttribute("aria-label", this.words(panel, title || name, map));
    }
    this.tell();
    this.root.dispatchEvent(new CustomEvent("frame", { bubbles: true, detail: frame }));
  }

  words(panel, when, map) {
    let best = 0;
    map.q.forEach((q, i) => { if (Math.abs(q) > Math.abs(map.q[best])) best = i; });
    const what = `Heatmap of ${panel.name}${when ? `, ${when}` : ""}: ${map.height} by ${map.width} positions`;
    if (map.q[best] === 0) return `${what}, all exactly 0.`;
    const at = `row ${Math.floor(best / map.width)}, column ${best % map.width}`;
    return `${what}; largest ${numberOf(map, best)} ${this.data.unit} at ${at}. Arrow keys read values.`;
  }

  play() {
    const last = this.data.frames.length - 1;
    if (this.frame === last) this.show(0);
    this.button.textContent = "❚❚ Pause";
    const wait = stillness.matches ? 2 * this.data.play : this.data.play;
    this.timer = setInterval(() => {
      this.show(this.frame + 1);
      if (this.frame >= last) this.stop();
    }, wait);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    if (this.button) this.button.textContent = "▶ Play";
  }

  drawLegend() {
    const { scale } = this.shown;
    const bar = el("canvas", { class: "bar", width: 256, height: 1, "aria-hidden": "true" });
    const pen = bar.getContext("2d");
    for (let x = 0; x < 256; x += 1) {
      pen.fillStyle = `rgb(${colour(scale, x / 255).join(" ")})`;
      pen.fillRect(x, 0, 1, 1);
    }
    const ticks = el("div", { class: "ticks" });
    for (const value of this.ticks()) {
      ticks.append(el("span", { style: `left: ${100 * place(scale, value)}%` }, short(value)));
    }
    this.legend.replaceChildren(el("div", {}, bar, ticks), el("span", { class: "unit" }, this.data.unit));
  }

  ticks() {
    const { max, colours, root } = this.shown.scale;
    const half = root ? max / 4 : max / 2;
    return colours === "sequential" ? [0, half, max] : [-max, -half, 0, half, max];
  }

  rows() {
    const rows = [["panel", "row_title", "frame", "row", "column", "value"]];
    for (const { panel, title } of this.panels) {
      panel.frames.forEach((frame, f) => {
        const map = decode(frame);
        if (map) map.q.forEach((q, i) => rows.push([panel.name, title, this.data.frames[f],
          Math.floor(i / map.width), i % map.width, q === NOT_FINITE ? "" : numberOf(map, i)]));
      });
    }
    return rows;
  }

  /* The frame that is shown, one file per size of map: [panels, rows, columns]. */
  saveNpy() {
    const bySize = new Map();
    for (const { panel } of this.panels) {
      const map = this.map(panel);
      if (!map) continue;
      const size = `${map.height}x${map.width}`;
      if (!bySize.has(size)) bySize.set(size, []);
      bySize.get(size).push(map);
    }
    for (const [size, maps] of bySize) {
      const values = maps.flatMap((map) => Array.from(map.q, (q) => (q === NOT_FINITE ? NaN : q * map.unit)));
      const shape = [maps.length, maps[0].height, maps[0].width];
      save(`${this.data.name}-${size}.npy`, npy(shape, values), "application/octet-stream");
    }
  }

  /* The maps as a drawing of rectangles, with names and a colour bar. */
  svg() {
    const [side, gap, top] = [120, 16, 22];
    const text = (x, y, what, anchor = "start") =>
      `<text x="${x}" y="${y}" font-size="12" font-family="system-ui, sans-serif" text-anchor="${anchor}">${
        String(what).replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
    let [out, y, width] = ["", 8, 300];
    for (const row of this.shown.rows) {
      if (row.title) { y += 14; out += text(8, y, row.title); }
      row.panels.forEach((panel, i) => {
        const map = this.map(panel);
        const x = 8 + i * (side + gap);
        width = Math.max(width, x + side + 8);
        out += text(x, y + 14, `${panel.name} ${panel.note}`);
        if (!map) return;
        const unit = side / Math.max(map.width, map.height);
        map.q.forEach((q, c) => {
          const rgb = q === NOT_FINITE ? [128, 128, 128] : colour(this.shown.scale, place(this.shown.scale, q * map.unit));
          out += `<rect x="${(x + (c % map.width) * unit).toFixed(2)}" y="${(y + top + Math.floor(c / map.width) * unit).toFixed(2)}" width="${
            (unit + 0.05).toFixed(2)}" height="${(unit + 0.05).toFixed(2)}" fill="rgb(${rgb})"/>`;
        });
      });
      y += top + side + 8;
    }
    for (let i = 0; i < 64; i += 1) {
      out += `<rect x="${8 + 4 * i}" y="${y + 6}" width="4.1" height="10" fill="rgb(${colour(this.shown.scale, i / 63)})"/>`;
    }
    for (const value of this.ticks()) out += text(8 + 256 * place(this.shown.scale, value), y + 29, short(value), "middle");
    out += text(8, y + 44, this.data.unit);
    const height = y + 52;
    const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="-12 0 ${width + 12} ${height}">`;
    return { text: `${head}<rect x="-12" width="100%" height="100%" fill="#ffffff"/>${out}</svg>`, width, height };
  }
}
