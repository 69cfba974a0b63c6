// The peer of benchmark P10: Node's `ws`, driven like our server. Every line on standard input sends one frame of the
// given size to every client.
import { createInterface } from "node:readline";
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => console.log(`listening ${server.address().port}`));
for await (const line of createInterface({ input: process.stdin })) {
  const frame = Buffer.alloc(Number(line), 1);
  for (const client of server.clients) client.send(frame);
}
process.exit(0);
