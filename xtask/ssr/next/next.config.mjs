import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

// The packages lie beside this folder.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
export default { turbopack: { root } };
