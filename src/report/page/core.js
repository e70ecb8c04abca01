"use strict";
/* What every widget of the page uses: elements, numbers, data, downloads. */

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function dataOf(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

const NOT_FINITE = -32768;

/* A map as whole numbers of a power of ten. */
function decode(map) {
  if (!map) return null;
  if (!map.q) {
    const bytes = bytesOf(map.data);
    map.q = new Int16Array(bytes.buffer);
    map.unit = 10 ** map.exponent;
    [map.height, map.width] = map.shape;
  }
  return map;
}

/* The number of a cell with exactly the digits that are known of it. */
function numberOf(map, cell) {
  const q = map.q[cell];
  if (q === NOT_FINITE) return "not finite";
  if (q === 0) return "0";
  if (map.exponent < -9) return (q * map.unit).toExponential(3);
  return map.exponent < 0 ? (q * map.unit).toFixed(-map.exponent) : String(q * map.unit);
}

function short(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e5 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

const COLOURS = (() => {
  const tables = dataOf("colours");
  return { sequential: bytesOf(tables.sequential), diverging: bytesOf(tables.diverging) };
})();

/* The place of a value on its bar, 0 to 1. */
function place(scale, value) {
  let share = Math.min(Math.abs(value) / scale.max, 1);
  if (scale.root) share = Math.sqrt(share);
  return scale.colours === "sequential" ? share : 0.5 + Math.sign(value) * share / 2;
}

function colour(scale, at) {
  const table = COLOURS[scale.colours];
  const i = 3 * Math.min(255, Math.round(at * 255));
  return [table[i], table[i + 1], table[i + 2]];
}

/* The map as pixels, one per position. */
function paint(canvas, map, scale) {
  canvas.width = map.width;
  canvas.height = map.height;
  const image = new ImageData(map.width, map.height);
  map.q.forEach((q, i) => {
    const rgb = q === NOT_FINITE ? [128, 128, 128] : colour(scale, place(scale, q * map.unit));
    image.data.set([...rgb, 255], 4 * i);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function save(name, parts, type) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function csv(rows) {
  const field = (value) => (/[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  return rows.map((row) => row.map(field).join(",") + "\n").join("");
}

/* A .npy file of 32-bit numbers. */
function npy(shape, values) {
  const comma = shape.length === 1 ? "," : "";
  let header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}${comma}), }`;
  header = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + "\n";
  const start = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return [start, header, new Float32Array(values)];
}

/* One menu of files under a figure. */
function downloads(what, actions) {
  const row = el("div", { class: "files", role: "group", "aria-label": `Download ${what}` });
  for (const [label, act] of Object.entries(actions)) {
    row.append(el("button", { type: "button", class: "quiet", on: { click: act } }, label));
  }
  return el("details", { class: "downloads" }, el("summary", {}, "Download ▾"), row);
}

/* An SVG of the page as a file that stands alone: black on white. */
function standalone(svg) {
  const copy = svg.cloneNode(true);
  copy.querySelectorAll(".hits, .moment, .halo").forEach((node) => node.remove());
  const [, top, width, shown] = copy.getAttribute("viewBox").split(" ").map(Number);
  const height = shown + top;
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.setAttribute("color", "#1c2126");
  copy.setAttribute("style", "background: #ffffff");
  ["class", "tabindex", "data-legend", "data-label", "data-places", "data-span"].forEach((name) => copy.removeAttribute(name));
  return new XMLSerializer().serializeToString(copy);
}

/* A picture of an SVG, three pixels for each of its own. */
function savePng(name, text, width, height) {
  const picture = new Image();
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  picture.onload = () => {
    const canvas = el("canvas", { width: 3 * width, height: 3 * height });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(name, [blob], "image/png"));
    URL.revokeObjectURL(url);
  };
  picture.src = url;
}

const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
