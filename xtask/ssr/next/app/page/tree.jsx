"use client";

import { createElement } from "react";

// React wants styles as objects, and an attribute that only has to be there as `true`.
const style = (text) =>
  Object.fromEntries(
    text.split(";").map((rule) => rule.split(/:(.*)/s)).filter(([name]) => name.trim())
      .map(([name, value]) => [name.trim().replace(/-(.)/g, (_, letter) => letter.toUpperCase()), value.trim()]),
  );
const present = new Set(["hidden", "open", "checked", "selected", "disabled", "required", "readonly", "multiple"]);

function attributes(given) {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (name === "style") return [name, style(value)];
      return [name === "class" ? "className" : name, value === "" && present.has(name) ? true : value];
    }),
  );
}

function Node({ node }) {
  if (typeof node === "string") return node;
  const [tag, given, children] = node;
  return createElement(tag, attributes(given), ...children.map((child, at) => <Node key={at} node={child} />));
}

export function Tree({ nodes }) {
  return nodes.map((node, at) => <Node key={at} node={node} />);
}
