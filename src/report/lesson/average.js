/* Scene 4: the mean of D over images converges to the pattern. */

function averageScene(helper) {
  const root = document.getElementById("average");
  const said = root.querySelector(".said");
  const host = root.querySelector(".map-row");
  const MOST = 1000;
  let [points, playing, busy, begun] = [[], false, false, false];
  const padding = choice("padding", PADDINGS, "zeros", () => restart());
  const play = button("▶ Play", () => { playing = !playing; tellPlay(); if (playing) step(); }, "main");
  const controls = [play, button("one more", () => add(1)), button("ten more", () => add(10)), button("start over", () => restart())];
  root.querySelector(".controls").append(padding.node, ...controls);
  const views = { image: new MapView(host, "the last image"), one: new MapView(host, "its own D"), mean: new MapView(host, "mean of D so far") };
  const bar = el("div", {});
  host.append(bar);
  const chart = new Chart(root.querySelector(".plot"), "Size of the mean of D over images",
    { name: "images", range: [1, MOST], log: true }, { name: "mean |mean of D|", range: [1e-4, 1], log: true });
  chart.line("mean of D", { colour: "var(--accent)" });
  chart.line("what chance alone would leave", { class: "dashed", colour: "var(--quiet)" });

  function tellPlay() {
    play.textContent = playing ? "❚❚ Pause" : "▶ Play";
  }

  async function restart() {
    playing = false;
    tellPlay();
    points = [];
    begun = false;
    await add(1);
  }

  async function add(count) {
    if (busy) return;
    busy = true;
    try {
      if (!begun) {
        await helper.ask("average-start", { padding: padding.value });
        begun = true;
      }
      show(await helper.ask("average-next", { count }));
    } catch (error) {
      playing = false;
      trouble(error);
    }
    busy = false;
  }

  async function step() {
    const images = points.length ? points[points.length - 1].images : 0;
    if (images >= MOST) playing = false;
    tellPlay();
    if (!playing) return;
    await add(images < 10 ? 1 : images < 100 ? 4 : 20);
    setTimeout(step, stillness.matches ? 600 : images < 10 ? 250 : 40);
  }

  function show(found) {
    points.push(found);
    const scale = signed(Math.max(largest(found.one), 1e-9));
    views.image.show(found.image, GREY);
    views.one.show(found.one, scale, found.size === 0 ? "exactly 0" : "");
    views.mean.show(found.mean, signed(Math.max(largest(found.mean), 1e-9)), `over ${found.images} image${found.images > 1 ? "s" : ""}`);
    bar.replaceChildren(legend(signed(Math.max(largest(found.mean), 1e-9)), "in the mean"));
    const sizes = points.flatMap(({ size, chance }) => [size, chance]).filter((v) => v > 0);
    if (sizes.length) chart.range("y", [10 ** Math.floor(Math.log10(Math.min(...sizes))), 10 ** Math.ceil(Math.log10(Math.max(...sizes)))]);
    chart.set("mean of D", points.filter(({ size }) => size > 0).map(({ images, size }) => [images, size]));
    chart.set("what chance alone would leave", points.filter(({ chance }) => chance > 0).map(({ images, chance }) => [images, chance]));
    const control = found.control === 0 ? "exactly 0" : short(found.control);
    const against = found.chance ? `; chance alone would leave ${short(found.chance)}` : "";
    const words = `after ${found.images} image${found.images > 1 ? "s" : ""} the mean of D has the size ${short(found.size)}${against}`;
    chart.describe(words);
    said.replaceChildren(`${words[0].toUpperCase()}${words.slice(1)}. The control, the same network without padding on the same images: the largest |D| so far is `, el("b", {}, control), ".");
  }

  return restart;
}
