/* Questions whose answers the page computes. */

/* Each: what is asked, how it is answered, and `check`, which computes and gives [right, words]. */
const QUESTIONS = [
  {
    asked: "A 3×3 convolution with one pixel of padding runs over a 24×24 image. At how many of the 576 positions does padding change the result?",
    check(padgrad, answer) {
      const picture = padgrad.ask("picture", { index: 1, side: 32 });
      const seen = padgrad.ask("edge", { picture, top: 4, left: 4, side: 24, kernel: [1, 2, 1, 2, 4, 2, 1, 2, 1], padding: "zeros" });
      return [Number(answer) === seen.touched, `A and B were computed on a texture: D is not 0 at ${seen.touched} positions, the outermost ring.`];
    },
  },
  {
    asked: "Three such layers follow each other on a 20×20 image. At how many of the 400 positions of the third does padding change something?",
    check(padgrad, answer) {
      const { layers } = padgrad.ask("deeper", { side: 20, strides: [1, 1, 1], padding: "zeros" });
      const { touched } = layers[2];
      return [Number(answer) === touched, `Three layers were run both ways: D is not 0 at ${touched} positions, a ring three pixels wide.`];
    },
  },
  {
    asked: "Three 3×3 layers, each with stride 2 and one pixel of padding. Give an input size from 20 to 48 at which every layer is padded evenly.",
    check(padgrad, answer) {
      const side = Number(answer);
      if (!(side >= 20 && side <= 48)) return [false, "Give a whole number from 20 to 48."];
      const reach = padgrad.ask("deeper", { side, strides: [2, 2, 2], padding: "zeros" });
      const uneven = reach.layers.findIndex((layer) => !layer.even);
      return [reach.even, reach.even ? `At ${side} the layers give ${reach.layers.map((l) => l.side).join(", ")} rows, and each reads as much padding at the bottom as at the top.`
        : `At ${side} layer ${uneven + 1} reads ${reach.layers[uneven].padding_read[0]} padded row at the top and ${reach.layers[uneven].padding_read[1]} at the bottom.`];
    },
  },
  {
    asked: "Under which padding does all of the gradient of a corner's output pixel reach the image?",
    options: ["zeros", "reflect", "zeros+detach"],
    check(padgrad, answer) {
      const [flow] = padgrad.ask("gradient", { side: 9, at: [0, 0], depth: 1, kernel: [1, 2, 1, 2, 4, 2, 1, 2, 1], paddings: [answer] });
      return [Math.abs(flow.kept - 1) < 1e-9, `Under ${answer}, ${percent(flow.kept)} of it arrives.`];
    },
  },
  {
    asked: "A network has no padding at all (valid). How large can the mean of D over 20 images be?",
    options: ["exactly 0", "about 0.0000001, from rounding", "it depends on the images"],
    check(padgrad, answer) {
      padgrad.ask("average-start", { padding: "valid" });
      const mean = padgrad.ask("average-next", { count: 20 });
      return [answer === "exactly 0" && mean.size === 0, `Computed on 20 images: the mean of |D| is ${mean.size}, the largest |D| ${mean.control}. No output reads a pixel that is not there, so both sums are the same.`];
    },
  },
];

function questionList(padgrad) {
  const list = document.querySelector("#questions .questions");
  QUESTIONS.forEach((question, number) => {
    const told = el("p", { class: "told", role: "status" });
    const name = `question-${number}`;
    const label = el("label", { for: name }, question.asked);
    const field = question.options
      ? el("fieldset", { "aria-label": question.asked }, ...question.options.map((option) =>
        el("label", {}, el("input", { type: "radio", name, value: option }), ` ${option}`)))
      : el("input", { type: "number", id: name, name, step: 1 });
    const form = el("form", {}, field, el("button", { type: "submit" }, "check by computing"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const answer = new FormData(form).get(name);
      if (answer === null || answer === "") {
        told.textContent = "Answer first: then the page computes.";
        return;
      }
      guarded(() => {
        const [right, words] = question.check(padgrad, answer);
        told.replaceChildren(el("b", {}, right ? "Right. " : "Not so. "), words);
        told.dataset.right = right;
      });
    });
    list.append(el("li", {}, question.options ? question.asked : label, form, told));
  });
}
