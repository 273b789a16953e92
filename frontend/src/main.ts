import { mount } from "svelte";

import App from "./App.svelte";
import { studio } from "./state/studio.svelte";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";

const target = document.getElementById("page");
if (target === null) throw new Error("index.html has lost its #page");
void studio.load(); // every page wants it, and it takes longer than drawing the frame
mount(App, { target });
