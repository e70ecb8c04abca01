/* Scene 3: where the gradient of one output pixel goes, and mistakes that a check finds. */

const FLOWS = ["zeros", "reflect", "replicate", "circular", "partial", "valid"];
const FLOW_SIDE = 11;
const BINOMIAL = [1, 2, 1, 2, 4, 2, 1, 2, 1];
const MISTAKES = {
  none: null,
  "the border's share is dropped": "halo-dropped",
  "a copied pixel counts once": "halo-counted-once",
  "rows and columns swapped": "transposed-axes",
  "the border's share, a column off": "off-by-one",
};

function flowPart(padgrad, root) {
  const said = root.querySelector(".flow-said");
  const host = root.querySelector(".flows");
  const draw = perFrame(show);
  let at = [0, 0];
  const depth = slider("layers", [1, 3, 1], 1, (n) => String(n), draw);
  root.querySelector(".flow-controls").append(depth.node,
    button("corner", () => pick([0, 0])), button("border", () => pick([0, 5])), button("middle", () => pick([5, 5])));
  const views = FLOWS.map((name) => new MapView(host, name, { pick: (cell) => pick(cell) }));

  function pick(cell) {
    at = cell.map((v) => Math.min(FLOW_SIDE - 1, v));
    draw();
  }

  function show() {
    const flows = padgrad.ask("gradient", { side: FLOW_SIDE, at, kernel: BINOMIAL, depth: depth.value, paddings: FLOWS });
    const most = flows.reduce((m, flow) => Math.max(m, flow.map ? largest(flow.map) : 0), 1e-9);
    flows.forEach((flow, i) => {
      const map = flow.map || { shape: [FLOW_SIDE, FLOW_SIDE], values: Array(FLOW_SIDE ** 2).fill(0) };
      views[i].show(map, strength(most), flow.map ? `arrives: ${percent(flow.kept)}` : "no such output pixel");
    });
    const named = Object.fromEntries(flows.map((flow) => [flow.padding, flow]));
    said.textContent = `Output pixel in row ${at[0]}, column ${at[1]}: of what a pixel in the middle sends, ${percent(named.zeros.kept)} arrives under zeros, ${percent(named.reflect.kept)} under reflect, ${percent(named.partial.kept)} under partial${named.valid.map ? "" : "; valid has no such pixel"}.`;
  }
  return draw;
}

function checkPart(padgrad, root) {
  const said = root.querySelector(".check-said");
  const host = root.querySelector(".checks");
  const draw = perFrame(show);
  const padding = choice("padding", PADDINGS.filter((name) => !name.startsWith("distribution")), "reflect", draw);
  const mistake = choice("mistake", Object.keys(MISTAKES), "none", draw);
  root.querySelector(".check-controls").append(padding.node, mistake.node);
  const view = new MapView(host, "|analytic − numeric|");
  const bar = el("div", {});
  host.append(bar);

  function show() {
    const found = padgrad.ask("gradcheck", { padding: padding.value, broken: MISTAKES[mistake.value] });
    const scale = strength(Math.max(largest(found.map), 1e-6));
    view.show(found.map, scale, found.passed ? "within rounding everywhere" : `${found.wrong} wrong`);
    bar.replaceChildren(legend(scale, "gradient error"));
    const [outer, second, third, ...rest] = found.wrong_by_distance;
    const inner = rest.reduce((sum, count) => sum + count, 0);
    if (found.passed) {
      said.textContent = mistake.value === "none"
        ? `Passed: all ${found.elements} gradients agree with finite differences.`
        : `Passed: under ${padding.value} this mistake changes nothing, because nothing flows back through its border. Choose another padding.`;
    } else {
      const where = `of the image's, ${outer} in the outermost ring, ${second + third} in the next two, ${inner} further in`;
      said.textContent = `Failed: ${found.wrong} of ${found.elements} gradients are wrong; ${where}. ${
        inner ? "A mistake that reaches the middle is not one of the border alone." : "Wrong near the border alone: look at what happens to padded pixels."}`;
    }
  }
  return draw;
}

function gradientScene(padgrad) {
  const root = document.getElementById("gradients");
  const parts = [flowPart(padgrad, root), checkPart(padgrad, root)];
  return () => parts.forEach((draw) => draw());
}
