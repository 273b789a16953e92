import { mount } from "svelte";

import App from "./App.svelte";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";

const target = document.getElementById("page");
if (target === null) throw new Error("index.html has lost its #page");
mount(App, { target });
