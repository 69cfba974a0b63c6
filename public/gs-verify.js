// Checks a statement bundle in the browser: the form of /verify without sending the file anywhere. The checker is WebAssembly
// without imports (crates/bundle-wasm). What it finds is drawn as the server draws it.
let loaded;
const checker = () => (loaded ??= WebAssembly.instantiateStreaming(fetch("/generated/bundle.wasm")).then(({ instance }) => instance.exports));

/** The report on a file's bytes. */
export async function check(bytes) {
  const { memory, room, check, text } = await checker();
  const at = room(bytes.length);
  new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  const length = check();
  return JSON.parse(new TextDecoder().decode(new Uint8Array(memory.buffer, text(), length)));
}

const make = (tag, attributes, ...children) => {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
};

function notice(kind, title, ...below) {
  const body = make("div", { class: "body" }, make("strong", {}, title), ...below);
  return make("div", { class: `notice ${kind}`, role: "status" }, body);
}

function drawn(report, trusted) {
  const checks = [...report.checks];
  if (trusted && report.public_key) {
    const holds = trusted === report.public_key;
    const found = holds ? trusted.slice(0, 16) : `it was signed with ${report.public_key}`;
    checks.push({ what: "The key is this platform's", holds, found });
  }
  const holds = checks.every((check) => check.holds);
  const said = holds ? "Everything holds." : "This file does not hold.";
  const key = make("p", {}, "Signed with ", make("code", { class: "hash" }, report.public_key ?? "nothing"));
  const items = checks.map((check) => {
    const word = check.holds ? "holds" : "does not hold";
    return make(
      "li", { class: check.holds ? "check-ok" : "check-bad" },
      make("span", { "aria-hidden": "true" }, check.holds ? "✓ " : "✗ "),
      make("strong", {}, check.what),
      make("span", { class: "visually-hidden" }, ` (${word})`),
      ": ",
      make("span", { class: "wrap" }, check.found),
    );
  });
  return [notice(holds ? "ok" : "error", report.title ? `${said} ${report.title}` : said, key), make("ul", { class: "checks" }, ...items)];
}

// The page may be drawn anew when it is taken over, so the document listens.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest?.("form[data-verify]");
  const file = form?.querySelector("input[type=file]").files[0];
  if (!file) return;
  event.preventDefault();
  const result = document.querySelector("[data-verify-result]");
  result.replaceChildren(notice("info", "Checking. Fitting the models again takes a few seconds."));
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    // The sentence above is painted before the work begins.
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    const trusted = document.querySelector("#platform-key")?.textContent;
    result.replaceChildren(...drawn(await check(bytes), trusted));
  } catch (error) {
    result.replaceChildren(notice("warn", `The file could not be checked here (${error.message}). The server can do it.`));
    form.submit();
  }
});
