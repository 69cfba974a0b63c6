import { data } from "../../data.mjs";
import { Table } from "./table.jsx";

export const dynamic = "force-dynamic";

export default async function Page() {
  return <Table rows={data().rows} />;
}
