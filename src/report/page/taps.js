/* A convolution at a corner: which pixel each of its taps reads. */

function taps(root) {
  const schemes = dataOf(root.dataset.taps);
  const KERNEL = 5;
  const wide = Math.sqrt(schemes[0].cells.length);
  let chosen = 0;
  const group = el("div", { class: "chips", role: "radiogroup", "aria-label": "padding scheme" });
  const grid = el("div", { class: "pixels", role: "group", "aria-label": "padded image", style: `--wide: ${wide}` });
  const readout = el("p", { class: "readout", "aria-live": "polite" });
  const about = el("p", { class: "about" });
  const cells = schemes[0].cells.map((_, i) => {
    const [row, column] = [Math.floor(i / wide), i % wide];
    const tap = row < KERNEL && column < KERNEL;
    const cell = el(tap ? "button" : "span", tap ? { type: "button", tabindex: i ? -1 : 0 } : {});
    if (tap) {
      cell.classList.add("tap");
      cell.addEventListener("pointerenter", () => tell(i));
      cell.addEventListener("focus", () => tell(i));
      cell.addEventListener("click", () => tell(i));
      cell.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
        if (!step) return;
        event.preventDefault();
        const to = [row + step[0], column + step[1]];
        if (to.every((c) => c >= 0 && c < KERNEL)) cells[to[0] * wide + to[1]].focus();
      });
    }
    grid.append(cell);
    return cell;
  });

  const inside = (i) => {
    const { pad } = schemes[chosen];
    return [Math.floor(i / wide), i % wide].every((c) => c >= pad && c < wide - pad);
  };

  function tell(i) {
    const { cells: pixels, pad, name, values } = schemes[chosen];
    cells.forEach((cell) => cell.classList.remove("here", "source"));
    cells[i].classList.add("here");
    const at = `row ${Math.floor(i / wide) - pad}, column ${(i % wide) - pad}`;
    const { source, value } = pixels[i];
    if (source) cells[(source[0] + pad) * wide + source[1] + pad].classList.add("source");
    if (inside(i)) readout.textContent = `The tap at ${at} reads the image itself: ${value}.`;
    else if (source) readout.textContent =
      `The tap at ${at} lies outside. ${name} reads the pixel at row ${source[0]}, column ${source[1]} instead: ${value}.`;
    else if (value === "–") readout.textContent = `The tap at ${at} lies outside. ${name} leaves it out: ${values}.`;
    else readout.textContent = `The tap at ${at} lies outside. ${name} makes up a value: ${value}.`;
  }

  function choose(number) {
    chosen = number;
    const scheme = schemes[number];
    [...group.children].forEach((chip, i) => {
      chip.setAttribute("aria-checked", i === number);
      chip.tabIndex = i === number ? 0 : -1;
    });
    cells.forEach((cell, i) => {
      cell.textContent = scheme.cells[i].value;
      cell.classList.toggle("outside", !inside(i));
      cell.classList.toggle("made-up", !inside(i) && !scheme.cells[i].source);
      if (cell.tagName === "BUTTON") {
        cell.setAttribute("aria-label", `tap row ${Math.floor(i / wide) - scheme.pad}, column ${(i % wide) - scheme.pad}: ${scheme.cells[i].value}`);
      }
    });
    about.replaceChildren(el("code", {}, scheme.picture), ` Values: ${scheme.values}. Gradient: ${scheme.gradient}.`);
    tell(0);
  }

  schemes.forEach((scheme, i) => {
    const chip = el("button", { type: "button", role: "radio", on: { click: () => choose(i) } }, scheme.name);
    chip.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      choose((chosen + step + schemes.length) % schemes.length);
      group.children[chosen].focus();
    });
    group.append(chip);
  });
  root.append(group, el("div", { class: "taps-body" }, grid, el("div", {}, about, readout)));
  choose(0);
}
