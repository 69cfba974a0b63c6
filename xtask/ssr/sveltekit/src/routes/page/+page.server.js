import { data } from "$lib/data.js";

export const load = () => ({ tree: data().tree });
