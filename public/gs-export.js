// <gs-export>: a menu that takes the table beside it away as CSV, Excel or JSON; with `chart`, the card's chart as a picture too.
//
// The table is read from the page, so what is taken away is what was seen; the server writes the file, because files of one
// kind are then written in one place. The menu lives in a shadow tree, which neither the page's own rendering nor hydration sees.
const style = new CSSStyleSheet();
style.replaceSync(`
  details { position: relative; display: inline-block; font-size: 13px; line-height: 20px; }
  summary { list-style: none; cursor: pointer; color: var(--accent); font-weight: 500; padding: 2px 4px; border-radius: 4px; }
  summary::-webkit-details-marker { display: none; }
  summary::after { content: " ▾"; }
  summary:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
  div { position: absolute; z-index: 30; inset-inline-end: 0; inset-block-end: calc(100% + 4px); min-inline-size: 176px; padding: 6px;
    display: grid; background: var(--surface); border: 1px solid var(--border-strong); border-radius: 8px; box-shadow: 0 8px 24px rgb(0 0 0 / 0.14); }
  button { all: unset; box-sizing: border-box; cursor: pointer; padding: 6px 10px; min-block-size: 36px; border-radius: 4px; color: var(--text); }
  button:hover { background: var(--sunken); }
  @media (max-width: 768px) { button { min-block-size: 44px; } summary { padding-block: 12px; } }
  p { margin: 0; padding: 4px 10px; color: var(--text-2); }
  p:empty { display: none; }
`);

const text = (cell) => {
  if (!cell.querySelector("form, button, input, select")) return (cell.innerText || cell.textContent).replace(/[ \n\t]+/g, " ").trim();
  const copy = cell.cloneNode(true);
  copy.querySelectorAll("form, button, input, select").forEach((control) => control.remove());
  return copy.textContent.replace(/[ \n\t]+/g, " ").trim();
};

/** Rows of texts; columns that hold nothing but forms are left out. */
function read(table) {
  const columns = [...table.querySelectorAll("thead th")].map(text);
  const rows = [...table.querySelectorAll("tbody tr, tfoot tr")].map((row) => [...row.cells].map(text));
  const kept = columns.map((name, i) => name !== "" || rows.some((row) => row[i]));
  const keep = (cells) => cells.filter((_, i) => kept[i]);
  return { columns: keep(columns), rows: rows.map(keep) };
}

function save(address, name) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

const plain = (title) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "table";

class GsExport extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    this.menu = document.createElement("details");
    const head = document.createElement("summary");
    head.textContent = "Export";
    const panel = document.createElement("div");
    this.said = document.createElement("p");
    this.said.setAttribute("role", "status");
    const item = (name, work) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => this.run(work));
      panel.append(button);
    };
    item("CSV", () => this.table("csv"));
    item("Excel", () => this.table("xlsx"));
    item("JSON", () => this.table("json"));
    if (this.hasAttribute("chart")) {
      item("Picture, PNG", () => this.picture("png"));
      item("Picture, SVG", () => this.picture("svg"));
    }
    item("Copy link to this view", async () => {
      await navigator.clipboard.writeText(location.href);
      this.said.textContent = "The link is copied.";
      return true;
    });
    panel.append(this.said);
    this.menu.append(head, panel);
    root.append(this.menu);
    this.menu.addEventListener("toggle", () => (this.said.textContent = ""));
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.menu.open) return;
      this.menu.open = false;
      head.focus();
    });
    this.addEventListener("focusout", (event) => {
      if (!this.contains(event.relatedTarget) && !this.shadowRoot.contains(event.relatedTarget)) this.menu.open = false;
    });
  }

  /** Does the work and closes the menu, unless there is something to be read in it. */
  async run(work) {
    try {
      if (!(await work())) this.menu.open = false;
    } catch (error) {
      this.said.textContent = `That did not work: ${error.message} Try again.`;
    }
  }

  card() {
    return this.closest(".card") ?? this.closest("section") ?? this.parentElement;
  }

  title(table) {
    const heading = this.hasAttribute("chart") ? this.card().querySelector("h2, h3") : null;
    return text(heading ?? table.caption ?? document.createElement("span"));
  }

  note() {
    return this.card().querySelector(".card-foot span")?.textContent.trim() ?? "";
  }

  async table(format) {
    const near = this.parentElement.previousElementSibling;
    const table = near?.querySelector?.(":scope > table") ?? this.card().querySelector("table");
    const title = this.title(table);
    const about = [["Table", text(table.caption)], ["Note", this.note()], ["Page", document.title], ["Address", location.href]];
    const answer = await fetch(`/export/table/${format}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title, about: about.filter(([, value]) => value && value !== title), ...read(table) }),
    });
    if (!answer.ok) throw new Error(answer.status === 401 ? "You are signed out." : "The server could not write the file.");
    const address = URL.createObjectURL(await answer.blob());
    save(address, `${plain(title)}.${format}`);
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  async picture(kind) {
    const chart = this.card().querySelector("gs-chart");
    const title = text(this.card().querySelector("h2, h3"));
    save(await chart.picture(kind, title, this.note()), `${plain(title)}.${kind}`);
  }
}

customElements.define("gs-export", GsExport);
