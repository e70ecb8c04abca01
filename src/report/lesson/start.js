/* Brings the page to life: what needs an answer is asked when it comes into view. */

function whenSeen(id, act) {
  const watch = new IntersectionObserver((seen) => {
    if (!seen.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    guarded(act);
  }, { rootMargin: "400px" });
  watch.observe(document.getElementById(id));
}

async function start() {
  themeButton();
  const module = await WebAssembly.compile(bytesOf(textOf("padgrad")));
  const padgrad = await Padgrad.from(module);
  let helpers = null;
  const helper = (i) => {
    helpers ||= [new Helper(module), new Helper(module)];
    return helpers[i];
  };
  guarded(() => edgeScene(padgrad));
  whenSeen("deeper", () => deeperScene(padgrad)());
  whenSeen("gradients", () => gradientScene(padgrad)());
  whenSeen("average", () => averageScene(helper(0))());
  whenSeen("training", () => trainingScene([new Helper(module), new Helper(module)])());
  whenSeen("measures", () => measuresScene(helper(1))());
  whenSeen("questions", () => questionList(padgrad));
}

start().catch((error) => trouble(error instanceof WebAssembly.CompileError
  ? new Error("This browser cannot run the page's module: it needs WebAssembly with 128-bit vectors (Chrome 91, Firefox 89, Safari 16.4 or later).")
  : error));
