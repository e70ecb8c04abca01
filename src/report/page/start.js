/* Brings the page to life. */

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
