// What the pages show, as the benchmark wrote it.
import { readFileSync } from "node:fs";

let read;
export const data = () => (read ??= JSON.parse(readFileSync(process.env.SSR_DATA, "utf8")));
