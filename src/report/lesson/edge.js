/* Scene 1: a window of a picture, and what padding makes of its border. */

const PICTURE = 64;
const WINDOW = 24;
const KERNELS = {
  "find edges": [0, 1, 0, 1, -4, 1, 0, 1, 0],
  blur: Array(9).fill(0.11),
  "left to right": [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  "nothing at all": [0, 0, 0, 0, 1, 0, 0, 0, 0],
};

/* A sun over hills and a house, as a picture of values about 0. */
function landscape() {
  const values = new Float32Array(PICTURE * PICTURE);
  for (let y = 0; y < PICTURE; y += 1) {
    for (let x = 0; x < PICTURE; x += 1) {
      const hill = 40 + 6 * Math.sin(x / 9) + 3 * Math.sin(x / 3.7);
      let value = 0.4 + y / 60;
      if ((x - 49) ** 2 + (y - 13) ** 2 < 60) value = 2.3;
      if (y > hill) value = -0.9 + 0.35 * Math.sin((x + 2 * y) / 2.3);
      if (x > 12 && x < 28 && y > 28 && y < 50) value = (x - 12) % 6 > 3 && (y - 28) % 8 > 4 ? -2.1 : 1.4;
      if (y > 16 && y <= 28 && Math.abs(x - 20) < y - 16) value = -1.5;
      values[y * PICTURE + x] = value;
    }
  }
  return values;
}

function edgeScene(padgrad) {
  const root = document.getElementById("edge");
  const side = root.querySelector(".picture-side");
  const said = root.querySelector(".said");
  const state = { values: landscape(), top: 18, left: 8, brush: [32, 32], painting: false };
  const draw = perFrame(show);

  const canvas = el("canvas", {
    class: "picture", width: PICTURE * 8, height: PICTURE * 8, tabindex: 0, role: "application",
    "aria-label": "The picture with its window. Arrow keys move the window or, when painting, the brush; Space paints.",
  });
  const mode = choice("tool", ["move the window", "paint"], "move the window", () => draw());
  const ink = choice("with", ["black", "white", "grey"], "black", () => draw());
  const file = el("input", { type: "file", accept: "image/*", hidden: "", "aria-label": "A picture of yours" });
  file.addEventListener("change", () => { if (file.files[0]) take(file.files[0]); });
  const pictures = el("div", { class: "tools", role: "group", "aria-label": "Pictures" },
    button("landscape", () => use(landscape())),
    button("texture", () => use(texture())),
    button("blank", () => use(new Float32Array(PICTURE * PICTURE))),
    button("your own…", () => file.click()), file);
  const kernel = el("fieldset", { class: "kernel" }, el("legend", {}, "its weights"));
  const weights = Array.from({ length: 9 }, (_, i) => {
    const input = el("input", { type: "number", step: "0.1", "aria-label": `kernel row ${Math.floor(i / 3) + 1}, column ${(i % 3) + 1}`, on: { input: draw } });
    kernel.append(input);
    return input;
  });
  const fill = (name) => { weights.forEach((input, i) => { input.value = KERNELS[name][i]; }); draw(); };
  const kernels = choice("kernel", Object.keys(KERNELS), "blur", fill);
  const padding = choice("padding", PADDINGS, "zeros", () => draw());
  side.append(el("div", { class: "tools" }, padding.node), canvas, el("div", { class: "tools" }, mode.node, ink.node),
    pictures, el("div", { class: "tools" }, kernels.node), kernel);
  const host = root.querySelector(".edge-maps");
  const views = Object.fromEntries([["surrounded", "true surroundings"], ["b", "B: convolved with them"],
    ["padded", "what padding makes up"], ["a", "A: convolved with it"], ["d", "D = A − B"]].map(([key, name]) => [key, new MapView(host, name)]));
  const bars = el("div", { class: "bars" });
  host.append(bars);
  views.d.node.classList.add("result");

  let number = 0;
  function texture() {
    number += 1;
    return Float32Array.from(padgrad.ask("picture", { index: number, side: PICTURE }).values);
  }

  function use(values) {
    state.values = values;
    draw();
  }

  /* Any picture as 64×64 grey values. */
  async function take(dropped) {
    try {
      const bitmap = await createImageBitmap(dropped);
      const small = el("canvas", { width: PICTURE, height: PICTURE });
      const pen = small.getContext("2d");
      const edge = Math.min(bitmap.width, bitmap.height);
      pen.drawImage(bitmap, (bitmap.width - edge) / 2, (bitmap.height - edge) / 2, edge, edge, 0, 0, PICTURE, PICTURE);
      const { data } = pen.getImageData(0, 0, PICTURE, PICTURE);
      use(Float32Array.from({ length: PICTURE * PICTURE }, (_, i) =>
        (0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]) / 51 - 2.5));
    } catch {
      said.textContent = `“${dropped.name}” is no picture that this browser can read; choose a PNG or JPEG file.`;
    }
  }

  const paints = () => mode.value === "paint";
  function dab([y, x]) {
    const value = { black: -2.5, white: 2.5, grey: 0 }[ink.value];
    for (let row = y - 1; row <= y + 1; row += 1) {
      for (let column = x - 1; column <= x + 1; column += 1) {
        if (row >= 0 && column >= 0 && row < PICTURE && column < PICTURE) state.values[row * PICTURE + column] = value;
      }
    }
    draw();
  }
  function moveTo(top, left) {
    const clamp = (v) => Math.max(1, Math.min(PICTURE - WINDOW - 1, Math.round(v)));
    [state.top, state.left] = [clamp(top), clamp(left)];
    draw();
  }
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width].map((s) => Math.floor(s * PICTURE));
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    const [y, x] = at(event);
    const inside = y >= state.top && y < state.top + WINDOW && x >= state.left && x < state.left + WINDOW;
    state.held = inside ? [y - state.top, x - state.left] : [WINDOW / 2, WINDOW / 2];
    state.pressed = true;
    act([y, x]);
  });
  const act = ([y, x]) => (paints() ? dab([y, x]) : moveTo(y - state.held[0], x - state.held[1]));
  canvas.addEventListener("pointermove", (event) => { if (state.pressed) act(at(event)); });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { state.pressed = false; });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (step) {
      event.preventDefault();
      if (paints()) {
        state.brush = state.brush.map((v, i) => Math.max(0, Math.min(PICTURE - 1, v + step[i])));
        draw();
      } else moveTo(state.top + step[0], state.left + step[1]);
    } else if (event.key === " " && paints()) {
      event.preventDefault();
      dab(state.brush);
    }
  });
  canvas.addEventListener("dragover", (event) => { event.preventDefault(); canvas.classList.add("dropping"); });
  canvas.addEventListener("dragleave", () => canvas.classList.remove("dropping"));
  canvas.addEventListener("drop", (event) => {
    event.preventDefault();
    canvas.classList.remove("dropping");
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });

  function drawPicture() {
    const pen = canvas.getContext("2d");
    const small = el("canvas", { width: PICTURE, height: PICTURE });
    const image = new ImageData(PICTURE, PICTURE);
    state.values.forEach((value, i) => image.data.set([...shade(GREY, value), 255], 4 * i));
    small.getContext("2d").putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
    const unit = canvas.width / PICTURE;
    for (const [width, ink_] of [[6, "#000000"], [3, "#ffd24d"]]) {
      pen.lineWidth = width;
      pen.strokeStyle = ink_;
      pen.strokeRect(state.left * unit, state.top * unit, WINDOW * unit, WINDOW * unit);
      if (paints()) pen.strokeRect((state.brush[1] - 1) * unit, (state.brush[0] - 1) * unit, 3 * unit, 3 * unit);
    }
  }

  function show() {
    drawPicture();
    ink.node.hidden = !paints();
    const numbers = weights.map((input) => Number(input.value) || 0);
    const seen = padgrad.ask("edge", {
      picture: { shape: [PICTURE, PICTURE], values: Array.from(state.values) },
      top: state.top, left: state.left, side: WINDOW, kernel: numbers, padding: padding.value,
    });
    const most = Math.max(largest(seen.a), largest(seen.b), 1e-6);
    const [scale, ofD] = [signed(most), signed(Math.max(largest(seen.d), 1e-6))];
    views.surrounded.show(seen.surrounded, GREY, "one more pixel on each side");
    views.padded.show(seen.padded, GREY, padding.value === "valid" ? "nothing is added" : "one made-up pixel on each side; grey is 0");
    views.b.show(seen.b, scale);
    views.a.show(seen.a, scale);
    views.d.show(seen.d, ofD, `not 0 at ${seen.touched} of ${seen.d.values.length} positions`);
    bars.replaceChildren(legend(scale, "in A and B"), legend(ofD, "in D"));
    const all = seen.d.values.length;
    said.replaceChildren(seen.touched
      ? `D is not 0 at ${seen.touched} of ${all} positions, all on the border; the largest |D| is ${short(largest(seen.d))}, the largest |B| ${short(largest(seen.b))}.`
      : padding.value === "valid"
        ? `Without padding A and B are the same sums: D is exactly 0 at all ${all} positions, and the map is smaller by a ring.`
        : `D is exactly 0 at all ${all} positions: here the padding guesses right.`);
  }

  fill("blur");
  return draw;
}
