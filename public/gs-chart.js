// <gs-chart option='{…}' unit="kW">: draws an ECharts option given as JSON.
//
// Why an element: the option is rendered by the server, so a chart needs no WASM to appear, and hydration never sees
// what is drawn, because it lives in the shadow tree. The element's own children (an SVG sketch made by the server)
// show until then, and stay for print and where scripts are off.
//
// Colours in the option are written as CSS variables, "var(--chart-actual)", and resolved here, so that one option
// serves both themes.
const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const darkPreferred = matchMedia("(prefers-color-scheme: dark)");

let bundle;
const charts = () => (bundle ??= import("/generated/echarts.js"));

function resolve(value, style) {
  if (typeof value === "string") {
    const match = /^var\((--[\w-]+)\)$/.exec(value);
    return match ? style.getPropertyValue(match[1]).trim() : value;
  }
  if (Array.isArray(value)) {
    // Long arrays are data; only the first element tells whether anything inside may need resolving.
    return typeof value[0] === "number" || value[0] === null ? value : value.map((v) => resolve(v, style));
  }
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, resolve(v, style)]));
  }
  return value;
}

class GsChart extends HTMLElement {
  static observedAttributes = ["option"];

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    this.canvas = document.createElement("div");
    this.canvas.style.cssText = "position:absolute;inset:0";
    root.append(document.createElement("slot"), this.canvas);
  }

  connectedCallback() {
    this.redraw = () => this.draw(true);
    darkPreferred.addEventListener("change", this.redraw);
    this.themeObserver = new MutationObserver(this.redraw);
    this.themeObserver.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.sizeObserver = new ResizeObserver(() => this.chart?.resize());
    this.sizeObserver.observe(this);
    // Charts below the fold do not hold up the first paint.
    this.visible = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        this.visible.disconnect();
        this.start();
      }
    });
    this.visible.observe(this);
  }

  disconnectedCallback() {
    darkPreferred.removeEventListener("change", this.redraw);
    this.themeObserver.disconnect();
    this.sizeObserver.disconnect();
    this.visible.disconnect();
    this.chart?.dispose();
    this.chart = undefined;
    this.removeAttribute("drawn");
  }

  attributeChangedCallback() {
    this.draw(false);
  }

  async start() {
    const { init } = await charts();
    if (!this.isConnected || this.chart) return;
    this.chart = init(this.canvas, null, { renderer: "canvas" });
    this.draw(true);
    // Which slot was clicked, for pages that do something with it.
    this.chart.getZr().on("click", ({ offsetX, offsetY }) => {
      if (!this.chart.containPixel("grid", [offsetX, offsetY])) return;
      const [slot] = this.chart.convertFromPixel({ gridIndex: 0 }, [offsetX, offsetY]);
      this.dispatchEvent(new CustomEvent("gs-chart-slot", { bubbles: true, detail: slot }));
    });
    this.setAttribute("drawn", "");
    this.dispatchEvent(new CustomEvent("gs-chart-drawn", { bubbles: true }));
  }

  draw(fresh) {
    if (!this.chart) return;
    const option = this.read();
    if (option) this.chart.setOption(option, fresh ? { notMerge: true } : { replaceMerge: ["series"], lazyUpdate: true });
  }

  /** The option with this theme's colours; undefined for an attribute caught between two writes: the next one follows. */
  read() {
    let option;
    try {
      option = JSON.parse(this.getAttribute("option") || "{}");
    } catch {
      return undefined;
    }
    const style = getComputedStyle(this);
    option = resolve(option, style);
    const unit = this.getAttribute("unit");
    option.useUTC = true;
    // Readers want the values, not to watch them being drawn.
    option.animation = false;
    option.textStyle = { fontFamily: style.fontFamily, color: style.getPropertyValue("--text-2").trim() };
    option.tooltip = {
      renderMode: "richText",
      backgroundColor: style.getPropertyValue("--surface").trim(),
      borderColor: style.getPropertyValue("--border-strong").trim(),
      textStyle: { color: style.getPropertyValue("--text").trim(), fontSize: 12 },
      valueFormatter: (value) => {
        const last = Array.isArray(value) ? value[value.length - 1] : value;
        return last === null || last === undefined ? "no data" : `${number.format(last)}${unit ? ` ${unit}` : ""}`;
      },
      ...option.tooltip,
    };
    return option;
  }

  /** The chart as an address of a picture that says what it is without its page: `png` or `svg`. */
  async picture(kind, title, note) {
    const { init } = await charts();
    const style = getComputedStyle(this);
    const colour = (name) => style.getPropertyValue(name).trim();
    const option = this.read() ?? {};
    option.title = {
      text: title, subtext: note, left: 12, top: 8, textStyle: { color: colour("--text"), fontSize: 18 },
      subtextStyle: { color: colour("--text-2"), fontSize: 12 },
    };
    for (const grid of [option.grid ?? {}].flat()) grid.top = 96;
    const renderer = kind === "svg" ? "svg" : "canvas";
    const chart = init(document.createElement("div"), null, { renderer, width: 1200, height: 600, devicePixelRatio: 2 });
    chart.setOption(option);
    const address = chart.getDataURL({ type: kind, pixelRatio: 2, backgroundColor: colour("--surface") });
    chart.dispose();
    return address;
  }
}

customElements.define("gs-chart", GsChart);
