// Runs the engine's cases from a WebAssembly file: `node run.mjs FILE` prints one line of JSON for each;
// `node run.mjs FILE CASE ROUNDS` prints the milliseconds of each round.
import { readFileSync } from "node:fs";

const [file, one, rounds] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(file), {});
const { memory, count, solve, text } = instance.exports;
if (one === undefined) {
  for (let index = 0; index < count(); index++) {
    const length = solve(index);
    process.stdout.write(Buffer.from(memory.buffer, text(), length));
    process.stdout.write("\n");
  }
} else {
  for (let round = 0; round < Number(rounds); round++) {
    const begun = performance.now();
    solve(Number(one));
    console.log(performance.now() - begun);
  }
}
