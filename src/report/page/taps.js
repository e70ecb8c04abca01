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
  const file = () => `padding-${schemes[chosen].name.replace(/[^a-z0-9.-]+/gi, "-")}`;
  const picture = () => tapsSvg(schemes[chosen], wide, KERNEL, inside);
  const rows = () => schemes[chosen].cells.map(({ value, source }, i) => {
    const at = [Math.floor(i / wide), i % wide].map((c) => c - schemes[chosen].pad);
    return [...at, value, ...(source || ["", ""])];
  });
  root.append(group, el("div", { class: "taps-body" }, grid, el("div", {}, about, readout)));
  root.append(downloads("this figure", {
    SVG: () => save(`${file()}.svg`, [picture()], "image/svg+xml"),
    PNG: () => savePng(`${file()}.png`, picture(), TAP * wide, TAP * wide),
    CSV: () => save(`${file()}.csv`, [csv([["row", "column", "value", "source row", "source column"], ...rows()])], "text/csv"),
  }));
  choose(0);
}

/* Pixels of a cell in the picture of the taps. */
const TAP = 40;

/* The padded image with the window of the convolution: padded pixels grey, taps outlined. */
function tapsSvg(scheme, wide, kernel, inside) {
  const escaped = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const cells = scheme.cells.map(({ value }, i) => {
    const [row, column] = [Math.floor(i / wide), i % wide];
    const tap = row < kernel && column < kernel;
    const square = `<rect x="${column * TAP + 2}" y="${row * TAP + 2}" width="${TAP - 4}" height="${TAP - 4}" ` +
      `fill="${inside(i) ? "#ffffff" : "#dde1e6"}" stroke="${tap ? "#0b62a3" : "#c3c9d0"}" stroke-width="${tap ? 2 : 1}"/>`;
    const middle = `x="${(column + 0.5) * TAP}" y="${(row + 0.5) * TAP + 4}" text-anchor="middle"`;
    return `${square}<text ${middle}>${escaped(value)}</text>`;
  });
  const size = TAP * wide;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}" ` +
    `font-family="sans-serif" font-size="12" fill="#1c2126"><title>${escaped(scheme.name)}</title>${cells.join("")}</svg>`;
}
