/* Charts: values to point at, a mark that follows a slider, downloads. */

const SVG = "http://www.w3.org/2000/svg";

/* Values of a chart under the pointer or the arrow keys. */
function enliven(svg, readout) {
  const hits = [...svg.querySelectorAll(".hits circle")];
  if (!hits.length) return;
  const halo = document.createElementNS(SVG, "circle");
  halo.setAttribute("class", "halo");
  halo.setAttribute("r", 7);
  halo.setAttribute("visibility", "hidden");
  svg.append(halo);
  const { label } = svg.dataset;
  let current = -1;
  const tell = (i) => {
    current = i;
    halo.setAttribute("visibility", i < 0 ? "hidden" : "visible");
    readout.textContent = "";
    if (i < 0) return;
    const { series, x, shown } = hits[i].dataset;
    halo.setAttribute("cx", hits[i].getAttribute("cx"));
    halo.setAttribute("cy", hits[i].getAttribute("cy"));
    readout.textContent = `${series}, ${label.split(" [")[0]} ${x}: ${shown}`.replace("  ", " ");
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const unit = svg.viewBox.baseVal.width / box.width;
    const [px, py] = [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit + svg.viewBox.baseVal.y];
    const distance = (hit) => Math.hypot(hit.cx.baseVal.value - px, hit.cy.baseVal.value - py);
    let best = 0;
    hits.forEach((hit, i) => { if (distance(hit) < distance(hits[best])) best = i; });
    tell(distance(hits[best]) < 24 ? best : -1);
  });
  svg.addEventListener("pointerleave", () => tell(-1));
  svg.addEventListener("focus", () => tell(0));
  svg.addEventListener("blur", () => tell(-1));
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    tell((current + step + hits.length) % hits.length);
  });
  tell(-1);
}

function chartRows(svg) {
  const rows = [["series", "x", "value", "lo", "hi"]];
  for (const { dataset } of svg.querySelectorAll(".hits circle")) {
    rows.push([dataset.series, dataset.x, dataset.value, dataset.lo, dataset.hi]);
  }
  return rows;
}

/* One chart with its readout and downloads. */
function plot(root) {
  const svg = root.querySelector("svg.chart");
  const readout = el("p", { class: "readout", "aria-live": "polite" });
  root.append(readout);
  enliven(svg, readout);
  const { name } = root.dataset;
  const { width, height, y } = svg.viewBox.baseVal;
  root.append(downloads("this chart", {
    SVG: () => save(`${name}.svg`, [standalone(svg)], "image/svg+xml"),
    PNG: () => savePng(`${name}.png`, standalone(svg), width, height + y),
    CSV: () => save(`${name}.csv`, [csv(chartRows(svg))], "text/csv"),
  }));
}

/* A group of small charts shares one readout; each can be saved by itself. */
function smallPlots(root) {
  const readout = el("p", { class: "readout", "aria-live": "polite" });
  const charts = [...root.querySelectorAll("svg.chart")];
  charts.forEach((svg) => enliven(svg, readout));
  const { name } = root.dataset;
  root.after(readout, downloads("these charts", {
    SVG: () => charts.forEach((svg, i) => save(`${name}-${i + 1}.svg`, [standalone(svg)], "image/svg+xml")),
    CSV: () => save(`${name}.csv`, [csv(charts.flatMap((svg, i) => {
      const rows = chartRows(svg);
      return i ? rows.slice(1) : rows;
    }))], "text/csv"),
  }));
}

/* A vertical line at the moment that a slider shows. */
function markMoment(svg, step) {
  const place = JSON.parse(svg.dataset.places).find(([value]) => value === step);
  const [top, bottom] = JSON.parse(svg.dataset.span);
  if (!place) return;
  let line = svg.querySelector(".moment");
  if (!line) {
    line = document.createElementNS(SVG, "line");
    line.setAttribute("class", "moment");
    svg.append(line);
  }
  const x = place[1];
  for (const [name, value] of Object.entries({ x1: x, x2: x, y1: top, y2: bottom })) line.setAttribute(name, value);
}

/* A table's numbers. */
function tableDownload(region) {
  const rows = [...region.querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
  const name = region.getAttribute("aria-label").toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 40);
  region.after(downloads("this table", { CSV: () => save(`${name}.csv`, [csv(rows)], "text/csv") }));
}
