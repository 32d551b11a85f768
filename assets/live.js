// The button at the head of a chapter. Nothing of Python is loaded before it is pressed.
//
// The binary needs WebAssembly's final exceptions (Chrome 137, Firefox 131, Safari 18.4) and a page
// that comes from a web server. Where one of them is missing the page stays as it is, and says so.
const bar = document.querySelector(".live-bar");

// (module (func try_table end))
const EXCEPTIONS = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 31, 64, 0, 11, 11];

function whyNot() {
  if (!location.protocol.startsWith("http")) return "it needs a web server (make serve)";
  try {
    if (!WebAssembly.validate(Uint8Array.from(EXCEPTIONS))) throw new Error();
    new DecompressionStream("gzip");
    return "";
  } catch {
    return "it needs Chrome 137, Firefox 131, Safari 18.4 or newer";
  }
}

if (bar) {
  const said = bar.querySelector(".live-state");
  const button = bar.querySelector("button");
  const reason = whyNot();
  bar.hidden = false;
  if (reason) {
    button.hidden = true;
    said.textContent = `Python cannot run in this page: ${reason}. Download the notebook (top of the page) to run it on your machine.`;
  }
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = "Loading Python";
    try {
      const page = await import(new URL(`${bar.dataset.live}page.js`, location.href));
      await page.begin(bar);
    } catch (error) {
      button.disabled = false;
      said.textContent = `Python could not be loaded: ${error.message}.`;
    }
  });
}
