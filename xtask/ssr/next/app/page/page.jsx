import { data } from "../../data.mjs";
import { Tree } from "./tree.jsx";

export const dynamic = "force-dynamic";

export default async function Page() {
  return <Tree nodes={data().tree} />;
}
