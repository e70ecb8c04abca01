/* Scene 5: two networks learn side by side, and their patterns with them. */

const STEPS = 300;
const SHAPES = {
  "draw it yourself": null,
  "stays as it is": [0.5, 0.5, 0.5],
  grows: [0.2, 0.6, 0.9],
  shrinks: [0.9, 0.6, 0.2],
  "grows, then shrinks": [0.2, 0.9, 0.4],
};

/* One network: its helper, its maps and its curves. */
class Learner {
  constructor(host, name, helper) {
    [this.name, this.helper] = [name, helper];
    this.title = el("h3", {}, name);
    this.told = el("p", { class: "readout" });
    this.row = el("div", { class: "map-row" });
    host.append(el("div", {}, this.title, this.told, this.row));
    this.views = [1, 2, 3].map((n) => new MapView(this.row, `P at layer ${n}`));
    this.clear();
  }

  clear() {
    [this.looks, this.losses, this.took] = [[], [], 0];
  }

  async start(padding, rate) {
    this.clear();
    this.padding = padding;
    this.title.textContent = padding;
    await this.helper.ask("train-start", { padding, seed: 0, rate });
    await this.look();
  }

  get step() {
    return this.losses.length ? this.losses[this.losses.length - 1].step : 0;
  }

  async advance() {
    for (let i = 0; i < 2; i += 1) {
      const done = await this.helper.ask("train-steps", { count: 5 });
      this.took = this.helper.took / 5;
      this.losses.push(done);
    }
    await this.look();
  }

  async look() {
    const look = await this.helper.ask("train-look", {});
    this.looks.push(look);
    look.layers.forEach((layer, i) => {
      const words = layer.nrms === 0 && layer.interval[1] === 0 ? "exactly 0" : `nRMS ${short(layer.nrms)}, p ${layer.p < 0.001 ? "< 0.001" : `= ${layer.p.toFixed(3)}`}`;
      this.views[i].show(layer.map, signed(Math.max(largest(layer.map), 1e-9)), words);
    });
    const last = this.losses[this.losses.length - 1];
    const speed = this.took ? `, ${(1000 / this.took).toFixed(1)} steps per second` : "";
    this.told.textContent = `step ${look.step}: ${last ? `loss ${last.loss.toFixed(2)}, ` : ""}${percent(look.accuracy)} of new images right${speed}`;
  }
}

function trainingScene(helpers) {
  const root = document.getElementById("training");
  const said = root.querySelector(".said");
  const { colours } = dataOf("schemes");
  let [playing, busy, again] = [false, false, false];
  const first = choice("network 1", PADDINGS, "zeros", () => restart());
  const second = choice("network 2", PADDINGS, "valid", () => restart());
  const rate = slider("learning rate", [1, 10, 1], 3, (n) => `${n / 1000}`, () => restart());
  const layer = choice("curve of layer", ["1", "2", "3"], "3", () => draw());
  const UNITS = { "against the content (nRMS)": "nrms", "in feature units (RMS)": "rms" };
  const unit = choice("PPP", Object.keys(UNITS), "against the content (nRMS)", () => { curve.range("y", [0, 0.5]); draw(); });
  const value = (look, index) => look.layers[index][UNITS[unit.value]];
  const shape = choice("your guess", Object.keys(SHAPES), "draw it yourself", (name) => guessAs(name));
  const play = button("▶ Play", () => { playing = !playing; tellPlay(); if (playing) run(); }, "main");
  root.querySelector(".controls").append(first.node, second.node, rate.node, shape.node, play,
    button("start over", () => restart()), layer.node, unit.node);
  const two = root.querySelector(".two");
  const charts = el("div", { class: "two" });
  two.before(charts);
  const boxes = [el("div", {}), el("div", {})];
  charts.append(...boxes);
  const steps = { name: "training steps", range: [0, STEPS] };
  const curve = new Chart(boxes[0], "PPP while learning", steps, { name: "PPP", range: [0, 0.5] });
  const losses = new Chart(boxes[1], "Loss while learning", steps, { name: "loss", range: [0, 1.5] });
  const learners = [new Learner(two, "network 1", helpers[0]), new Learner(two, "network 2", helpers[1])];

  /* The guess: a height for each of some columns of the chart, drawn or chosen. */
  const guess = Array(61).fill(null);
  curve.svg.classList.add("guess");
  curve.svg.append(svg("title", {}, "Draw your guess here"));
  let last = null;
  const drawn = (event) => {
    const [x, y] = curve.valuesAt(event);
    const column = Math.round((x / STEPS) * 60);
    const from = last ? last[0] : column;
    for (let c = Math.min(from, column); c <= Math.max(from, column); c += 1) {
      guess[c] = last && column !== from ? last[1] + ((y - last[1]) * (c - from)) / (column - from) : y;
    }
    last = [column, y];
    draw();
  };
  curve.svg.addEventListener("pointerdown", (event) => { curve.svg.setPointerCapture(event.pointerId); last = null; drawn(event); });
  curve.svg.addEventListener("pointermove", (event) => { if (curve.svg.hasPointerCapture(event.pointerId)) drawn(event); });
  function guessAs(name) {
    const heights = SHAPES[name];
    guess.fill(null);
    const top = curve.axes.y.range[1];
    if (heights) for (let c = 0; c <= 60; c += 1) {
      const [i, part] = [Math.min(1, Math.floor(c / 30)), (c - 30 * Math.min(1, Math.floor(c / 30))) / 30];
      guess[c] = top * (heights[i] * (1 - part) + heights[i + 1] * part);
    }
    draw();
  }

  function tellPlay() {
    play.textContent = playing ? "❚❚ Pause" : "▶ Play";
  }

  function lines() {
    for (const chart of [curve, losses]) {
      chart.front.replaceChildren();
      chart.key.replaceChildren();
      chart.lines.clear();
    }
    const chosen = [first.value, second.value];
    names().forEach((name, i) => {
      for (const chart of [curve, losses]) chart.line(name, { colour: colours[chosen[i]], class: i ? "dashed" : "line" });
    });
    curve.line("your guess", { class: "guessed" });
  }
  const names = () => [`1: ${first.value}`, `2: ${second.value}`];

  function draw() {
    const index = Number(layer.value) - 1;
    const values = learners.flatMap(({ looks }) => looks.map((look) => value(look, index)));
    const most = Math.max(...values, 0);
    if (most > curve.axes.y.range[1]) curve.range("y", [0, most * 1.25]);
    const loss = Math.max(...learners.flatMap(({ losses: l }) => l.map((done) => done.loss)), 0);
    if (loss > losses.axes.y.range[1]) losses.range("y", [0, loss * 1.1]);
    names().forEach((name, i) => {
      curve.set(name, learners[i].looks.map((look) => [look.step, value(look, index)]));
      losses.set(name, learners[i].losses.map((done) => [done.step, done.loss]));
    });
    curve.set("your guess", guess.map((y, c) => [(c / 60) * STEPS, y]).filter(([, y]) => y !== null));
    tell(index);
  }

  function tell(index) {
    const told = learners.map((learner) => {
      const [start, now] = [learner.looks[0], learner.looks[learner.looks.length - 1]];
      if (!now) return "";
      const [a, b] = [start, now].map((look) => value(look, index));
      if (b === 0 && now.layers[index].interval[1] === 0) return `Under ${learner.padding} PPP at layer ${index + 1} is exactly 0`;
      return `Under ${learner.padding} PPP at layer ${index + 1} went from ${short(a)} to ${short(b)}`;
    });
    const mine = guess[60] === null || learners[0].step < STEPS ? "" : ` Your guess ended at ${short(guess[60])}.`;
    said.textContent = told[0] ? `${told.join(". ")}, after ${learners[0].step} steps.${mine}` : "";
    curve.describe(said.textContent || "nothing yet");
    losses.describe(learners.map((l) => (l.losses.length ? `${l.padding} ${l.losses[l.losses.length - 1].loss.toFixed(2)}` : "")).join(", "));
  }

  async function restart() {
    playing = false;
    tellPlay();
    again = busy;
    if (busy) return;
    await guardedly(async () => {
      lines();
      await Promise.all(learners.map((learner, i) => learner.start([first, second][i].value, rate.value / 1000)));
      draw();
    });
  }

  async function guardedly(act) {
    busy = true;
    try { await act(); } catch (error) { playing = false; trouble(error); }
    busy = false;
    if (again) await restart();
  }

  async function run() {
    if (busy) return;
    if (learners[0].step >= STEPS) await restart().then(() => { playing = true; });
    await guardedly(async () => {
      while (playing && learners[0].step < STEPS) {
        await Promise.all(learners.map((learner) => learner.advance()));
        draw();
      }
    });
    if (learners[0].step >= STEPS) playing = false;
    tellPlay();
  }

  return restart;
}
