/* Scene 2: how far in padding reaches, layer by layer. */

function deeperScene(padgrad) {
  const root = document.getElementById("deeper");
  const said = root.querySelector(".said");
  const host = root.querySelector(".layers");
  const draw = perFrame(show);
  const strides = [1, 1, 1, 1, 1, 1];
  const layers = slider("layers", [1, 6, 1], 3, (n) => String(n), () => { buttons(); draw(); });
  const side = slider("input size", [9, 48, 1], 24, (n) => `${n}×${n}`, draw);
  const padding = choice("padding", PADDINGS, "zeros", draw);
  const row = el("div", { class: "strides", role: "group", "aria-label": "stride of each layer" });
  root.querySelector(".controls").append(layers.node, side.node, padding.node,
    el("div", { class: "choice" }, "strides", row));

  function buttons() {
    row.replaceChildren(...strides.slice(0, layers.value).map((stride, i) => {
      const toggle = button(String(stride), () => {
        strides[i] = 3 - strides[i];
        toggle.textContent = strides[i];
        toggle.setAttribute("aria-pressed", strides[i] === 2);
        draw();
      });
      toggle.setAttribute("aria-pressed", stride === 2);
      toggle.setAttribute("aria-label", `layer ${i + 1}: stride 1 or 2`);
      return toggle;
    }));
  }

  let views = [];
  function show() {
    let reach;
    try {
      reach = padgrad.ask("deeper", { side: side.value, strides: strides.slice(0, layers.value), padding: padding.value });
    } catch (error) {
      said.textContent = error.message;
      return;
    }
    if (views.length !== reach.layers.length) {
      host.replaceChildren();
      views = reach.layers.map((layer, i) => new MapView(host, `layer ${i + 1}`));
    }
    reach.layers.forEach((layer, i) => {
      const ring = layer.reach[0] === layer.reach[1] ? `reach ${layer.reach[0]}` : `reach ${layer.reach[0]} from the top, ${layer.reach[1]} from the bottom`;
      const read = layer.never_read ? `, ${layer.never_read} row of its input is never read` : "";
      views[i].show(layer.strength, strength(largest(layer.strength)),
        `${layer.side}×${layer.side}, D is not 0 at ${layer.touched} of ${layer.side ** 2}; ${ring}; padded rows read: ${layer.padding_read.join(" above, ")} below${read}: ${layer.even ? "even ✓" : "uneven ✗"}`);
      views[i].bound(layer.reach);
    });
    const last = reach.layers[reach.layers.length - 1];
    const inside = reach.layers.every((layer) => layer.inside) ? "Inside the frames D is exactly 0." : "D is not 0 inside a frame: please report it.";
    const uneven = reach.layers.filter((layer) => !layer.even).length;
    const strided = strides.slice(0, layers.value).filter((stride) => stride === 2).length;
    const verdict = padding.value === "valid" ? "Nothing is padded." : uneven
      ? `At ${side.value}×${side.value} padding is uneven in ${uneven} of ${reach.layers.length} layers.`
      : `At ${side.value}×${side.value} padding is even in every layer${strided > 1 ? ": found" : ""}.`;
    said.textContent = `At layer ${reach.layers.length} padding reaches ${last.touched} of ${last.side ** 2} positions, ${percent(last.touched / last.side ** 2)}. ${inside} ${verdict}`;
  }

  buttons();
  return draw;
}
