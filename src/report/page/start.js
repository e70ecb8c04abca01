/* Brings the page to life. */

function themeButton() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const now = () => document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
  const button = el("button", { type: "button", class: "theme" });
  const name = () => {
    const other = now() === "dark" ? "light" : "dark";
    button.textContent = other === "dark" ? "☾ Dark" : "☀ Light";
    button.setAttribute("aria-label", `Switch to the ${other} theme`);
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = now() === "dark" ? "light" : "dark";
    name();
  });
  dark.addEventListener("change", name);
  name();
  document.querySelector("header").prepend(button);
}

function followFormation(viewer) {
  const curves = [...document.querySelectorAll(".curve")];
  const follow = () => curves.forEach((curve) => {
    const variant = viewer.shown.name;
    curve.hidden = !variant.startsWith(`${curve.dataset.curve}, `);
    curve.querySelectorAll("svg.chart").forEach((svg) => markMoment(svg, viewer.data.steps[viewer.frame]));
  });
  viewer.root.addEventListener("frame", follow);
  viewer.root.addEventListener("choice", follow);
  follow();
}

themeButton();
document.querySelectorAll(".plot").forEach(plot);
document.querySelectorAll(".small-charts").forEach(smallPlots);
document.querySelectorAll(".scroll").forEach(tableDownload);
document.querySelectorAll("[data-taps]").forEach(taps);
document.querySelectorAll(".viewer").forEach((root) => {
  const viewer = new Viewer(root);
  if (root.id === "formation") followFormation(viewer);
});
