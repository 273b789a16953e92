/** How a family is drawn: cards that can be read, or dots whose names come as one comes near. */

import type { EdgeSingular, StylesheetJson } from "cytoscape";

import type { Colours } from "./colours";
import type { Measures } from "./kin";

const face = '"EB Garamond", "Iowan Old Style", "Palatino Linotype", Georgia, serif';

export function styleOf(colours: Colours, size: Measures): StylesheetJson {
  return [...(size.cards ? cards(colours, size) : dots(colours, size)), ...lines(colours, !size.cards)];
}

function cards(c: Colours, size: Measures): StylesheetJson {
  return [
    {
      selector: "node",
      style: {
        shape: "round-rectangle",
        "corner-radius": "3px",
        width: size.width,
        height: size.height,
        label: "data(name)",
        "font-family": face,
        "font-size": 16,
        "text-wrap": "wrap",
        "text-max-width": `${size.width - 24}px`,
        "text-valign": "center",
        "line-height": 1.15,
        "min-zoomed-font-size": 5,
        color: c.ink,
        "background-color": c.leaf,
        "border-width": 1,
        "border-color": c.edge,
        "overlay-opacity": 0,
      },
    },
    { selector: ".person", style: { color: c.person, "border-color": c.person } },
    {
      selector: ".source",
      style: { "background-color": c["shadow-paper"], "border-style": "double", "border-width": 3 },
    },
    {
      selector: ".drawn",
      style: {
        label: "",
        "background-image": "data(picture)",
        "background-fit": "cover",
        "background-clip": "node",
        "border-width": 2,
      },
    },
    { selector: ".keep", style: { "background-color": c["grow-tint"], "border-color": c.grow } },
    // Not the whole card: a line would be seen through it.
    {
      selector: ".dim",
      style: { "text-opacity": 0.6, "border-opacity": 0.6, "background-image-opacity": 0.6 },
    },
    // The edges of those behind it.
    {
      selector: ".pile",
      style: { ghost: "yes", "ghost-offset-x": 5, "ghost-offset-y": 5, "ghost-opacity": 0.55 },
    },
    { selector: ".root", style: { "border-color": c.grow, "border-width": 3, "border-style": "solid" } },
    { selector: ".at", style: { "outline-width": 2, "outline-color": c.grow, "outline-offset": 3 } },
  ];
}

function dots(c: Colours, size: Measures): StylesheetJson {
  return [
    {
      selector: "node",
      style: {
        shape: "ellipse",
        width: size.width,
        height: size.height,
        "font-family": face,
        "font-size": 4.6,
        "text-wrap": "wrap",
        "text-max-width": `${size.width + size.across - 3}px`,
        "text-valign": "bottom",
        "text-margin-y": 2,
        "line-height": 1.1,
        "min-zoomed-font-size": 9,
        color: c.ink,
        "background-color": c.faint,
        "overlay-opacity": 0,
      },
    },
    { selector: ".named", style: { label: "data(name)" } },
    { selector: ".person", style: { "background-color": c.person, color: c.person } },
    {
      selector: ".source",
      style: { "background-color": c.paper, "border-width": 2, "border-color": c.ink, shape: "rectangle" },
    },
    { selector: ".keep", style: { "border-width": 2.5, "border-color": c.grow } },
    { selector: ".dim", style: { "background-opacity": 0.45 } },
    { selector: ".pile", style: { width: 18, height: 18 } },
    {
      selector: ".root",
      style: { width: 24, height: 24, "border-width": 4, "border-color": c.grow, "background-color": c.leaf },
    },
    {
      selector: ".at",
      style: { "outline-width": 2.5, "outline-color": c.grow, "outline-offset": 2.5, "text-margin-y": 7 },
    },
  ];
}

function lines(c: Colours, large: boolean): StylesheetJson {
  const straight = { "curve-style": "haystack", "haystack-radius": 0 } as const;
  const bent = {
    "curve-style": "unbundled-bezier",
    "edge-distances": "endpoints",
    "source-endpoint": "0 50%",
    "target-endpoint": "0 -50%",
    "control-point-weights": (edge: EdgeSingular) => (edge.data("bend") as { weights: string }).weights,
    "control-point-distances": (edge: EdgeSingular) => (edge.data("bend") as { distances: string }).distances,
  } as const;
  return [
    {
      selector: "edge",
      style: {
        ...(large ? straight : bent),
        width: `mapData(strength, 0, 1, ${large ? "0.4, 1.2" : "0.8, 2.4"})`,
        "line-color": c.edge,
        "line-opacity": large ? 0.35 : 0.65,
        "overlay-opacity": 0,
        events: "no",
      },
    },
    { selector: ".example", style: large ? {} : { "line-style": "dashed" } },
    {
      selector: ".own",
      style: {
        "line-color": c.grow,
        "line-opacity": large ? 0.6 : 1,
        width: `mapData(strength, 0, 1, ${large ? "0.4, 1.6" : "1, 3"})`,
        "z-index": 9,
      },
    },
    { selector: ".many", style: { "line-opacity": 0.35, width: 0.6 } },
  ] as unknown as StylesheetJson;
}
