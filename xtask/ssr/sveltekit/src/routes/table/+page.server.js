import { data } from "$lib/data.js";

export const load = () => ({ rows: data().rows });
